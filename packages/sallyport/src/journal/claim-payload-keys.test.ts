import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import {
  messageFacts,
  NOON,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { claimPayloadKeys, ownerOfPayloadKeys } from "./claim-payload-keys.ts";
import type { Keyring } from "./journal-keys.ts";
import { openJournal } from "./journal-writer.ts";
import { createKeyring } from "./keyring.ts";
import { PAYLOAD_KEYS, PayloadKeys } from "./payload-keys.ts";

interface Two {
  readonly store: string;
  readonly first: Keyring;
  readonly second: Keyring;
}

/** A directory for payload keys, and the keys of two journals. */
async function twoJournals(): Promise<Two> {
  const journals = [new TemporaryJournal(), new TemporaryJournal(), new TemporaryJournal()];
  onTestFinished(() => journals.forEach((journal) => journal[Symbol.dispose]()));
  const [first, second, third] = journals;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three");
  return {
    store: join(third.directory, "keys"),
    first: await createKeyring(first.directory, first.master),
    second: await createKeyring(second.directory, second.master),
  };
}

function makeKey(store: string, keyring: Keyring): void {
  const keys = new PayloadKeys(store, keyring);
  keys.keyOf("user alice", NOON, "full");
  keys.commit();
}

describe("claimPayloadKeys", () => {
  it("marks a new directory as a journal's own, for its owner alone, and finds it its own again", async () => {
    const { store, first, second } = await twoJournals();
    expect(ownerOfPayloadKeys(store)).toBeNull();
    expect(claimPayloadKeys(store, first)).toBeNull();
    expect(readdirSync(store)).toEqual(["journal"]);
    expect(readFileSync(join(store, "journal"), "utf8")).toBe(`${first.journal}\n`);
    expect(statSync(store).mode & 0o077).toBe(0);
    expect(statSync(join(store, "journal")).mode & 0o077).toBe(0);
    expect(claimPayloadKeys(store, first)).toBeNull();
    expect(claimPayloadKeys(store, second)).toContain("are another journal's");
    expect(ownerOfPayloadKeys(store)).toBe(first.journal);
  });

  it("marks keys that the journal made before there were marks, and refuses those that it did not make", async () => {
    const { store, first, second } = await twoJournals();
    makeKey(store, first);
    expect(claimPayloadKeys(store, second)).toContain("are another journal's");
    expect(ownerOfPayloadKeys(store)).toBeNull();
    // Two that shared them until now: whoever comes first keeps them.
    makeKey(store, second);
    expect(claimPayloadKeys(store, second)).toBeNull();
    expect(claimPayloadKeys(store, first)).toContain("are another journal's");
  });

  it("takes lines that were torn for nobody's", async () => {
    const { store, first } = await twoJournals();
    mkdirSync(store);
    writeFileSync(join(store, "2026-11-30.keys"), "\n0123456789abcdef 0123\n");
    expect(claimPayloadKeys(store, first)).toBeNull();
  });

  it("leaves the mark to whoever was faster", async () => {
    const { store, first } = await twoJournals();
    mkdirSync(store);
    // It is there, and was not when it was looked for.
    symlinkSync(join(store, "nowhere"), join(store, "journal"));
    expect(claimPayloadKeys(store, first)).toContain("are another journal's");
  });

  it("fails where the mark can neither be read nor written", async () => {
    const { store, first } = await twoJournals();
    mkdirSync(join(store, "journal"), { recursive: true });
    expect(() => claimPayloadKeys(store, first)).toThrow("EISDIR");
    rmSync(store, { recursive: true });
    writeFileSync(store, "");
    expect(() => claimPayloadKeys(store, first)).toThrow("ENOTDIR");
  });

  it("keeps two journals from sharing payload keys: the second is not opened", async () => {
    using first = new TemporaryJournal();
    using second = new TemporaryJournal();
    const payloadKeys = join(first.directory, PAYLOAD_KEYS);
    const writer = await startWriter(first);
    writer.intake.session(sessionFacts()).message(messageFacts({}, "hello"));
    writer.close();
    const { directory, master } = second;
    const opened = await openJournal({ directory, master, payloadKeys });
    expect(opened).toEqual({
      ok: false,
      problem: expect.stringContaining("give this one a directory of its own"),
    });
    expect(readdirSync(directory).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });
});
