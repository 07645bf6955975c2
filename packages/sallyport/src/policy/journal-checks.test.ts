import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeyring } from "../journal/keyring.ts";
import { localMasterKey } from "../journal/master-key.ts";
import type { Finding } from "./config-issues.ts";
import { checkJournal } from "./journal-checks.ts";

const KEY = Buffer.alloc(32, "0123456789").toString("base64");
let base = "";
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "sallyport-journal-"));
  await mkdir(join(base, "data/journal"), { recursive: true });
  await mkdir(join(base, "keys"));
});
afterEach(async () => {
  await rm(base, { recursive: true });
});

async function keyAt(place: string, mode = 0o600): Promise<string> {
  const file = join(base, place);
  await writeFile(file, KEY);
  await chmod(file, mode);
  return file;
}

const journalAt = (more: object): object => ({ directory: join(base, "data/journal"), ...more });
const words = (findings: readonly Finding[]): readonly string[] => findings.map(({ found }) => found);
const warnings = async (journal: object, routes: readonly unknown[] = []): Promise<readonly string[]> =>
  words((await checkJournal(journal, routes)).warnings);
const findings = async (journal: object): Promise<readonly string[]> =>
  words((await checkJournal(journal, [])).findings);

describe("checkJournal", () => {
  it("finds nothing wrong with a key on its own, that only its owner reads", async () => {
    const journal = journalAt({ keyFile: await keyAt("keys/journal.key") });
    expect(await checkJournal(journal, [{ path: "/" }])).toEqual({ findings: [], warnings: [] });
  });

  it.each(["data/journal/journal.key", "data/journal.key", "data/journal.key.old"])(
    "warns of a key at %s: it is copied with the segments",
    async (place) => {
      const journal = journalAt({ keyFile: await keyAt(place) });
      expect(await warnings(journal)).toEqual([expect.stringContaining("kept with the segments")]);
    },
  );

  it("warns of a key that only a link puts elsewhere", async () => {
    const link = join(base, "keys/journal.key");
    await symlink(await keyAt("data/journal.key"), link);
    expect(await warnings(journalAt({ keyFile: link }))).toHaveLength(1);
  });

  it.skipIf(process.platform === "win32")("warns of a key that others may read", async () => {
    const keyFile = await keyAt("keys/journal.key", 0o640);
    expect(await warnings(journalAt({ keyFile }))).toEqual([`others than its owner may read ${keyFile}`]);
  });

  it("does not call a key below the root beside a directory below the root", async () => {
    const keyFile = await keyAt("keys/journal.key");
    expect(await warnings({ directory: "/sallyport-journal-of-nobody", keyFile })).toEqual([]);
  });

  it("refuses a file with something else than a key, and shows nothing of it", async () => {
    const keyFile = join(base, "keys/other");
    await writeFile(keyFile, "correct horse battery staple");
    const found = await findings(journalAt({ keyFile }));
    expect(found).toEqual([expect.stringContaining("not a key of 32 bytes")]);
    expect(found.join()).not.toContain("horse");
  });

  it("refuses payload keys of another journal, and takes those of this one", async () => {
    const directory = join(base, "data/journal");
    const keyFile = await keyAt("keys/journal.key");
    const payloadKeys = join(base, "payload-keys");
    expect(await findings(journalAt({ keyFile, payloadKeys }))).toEqual([]);
    const { journal } = await createKeyring(directory, localMasterKey(Buffer.from(KEY, "base64")));
    await mkdir(payloadKeys);
    await writeFile(join(payloadKeys, "journal"), `${journal}\n`);
    expect(await findings(journalAt({ keyFile, payloadKeys }))).toEqual([]);
    const other = `the payload keys in ${payloadKeys} are another journal's`;
    await rm(join(directory, "keyring.json"));
    expect(await findings(journalAt({ keyFile, payloadKeys }))).toEqual([other]);
    await createKeyring(directory, localMasterKey(Buffer.from(KEY, "base64")));
    expect(await findings(journalAt({ keyFile, payloadKeys }))).toEqual([other]);
  });

  it("warns of what is kept whole without an end, and not where there is one", async () => {
    const routes = [{ path: "/", journal: { payloads: "full" } }, { path: "/b" }];
    expect(await warnings(journalAt({ key: KEY }), routes)).toEqual([
      "every message is kept whole, and for good",
    ]);
    expect(await warnings(journalAt({ key: KEY, retain: "30d" }), routes)).toEqual([]);
    expect(await warnings(journalAt({ key: KEY, payloads: "full" }), routes)).toHaveLength(2);
  });

  it("warns of redacted contents on a route where nothing redacts", async () => {
    const routes = [
      { path: "/a", leak: "off" },
      { path: "/b" },
      { path: "/c", leak: { action: "report" } },
      7,
    ];
    expect(await warnings(journalAt({ key: KEY, payloads: "redacted" }), routes)).toEqual([
      expect.stringContaining("`leak` is off on /a"),
      expect.stringContaining("`leak` is off on /b"),
    ]);
  });

  it("warns of contents on a route that streams", async () => {
    const routes = [{ path: "/", messageSize: { stream: true } }];
    expect(await warnings(journalAt({ key: KEY, payloads: "digest" }), routes)).toEqual([
      expect.stringContaining("of those no content is kept"),
    ]);
    expect(await warnings(journalAt({ key: KEY }), routes)).toEqual([]);
  });

  it("refuses checkpoints at a directory", async () => {
    const journal = journalAt({ key: KEY, checkpoints: join(base, "keys") });
    expect(await findings(journal)).toEqual([`a directory at ${join(base, "keys")}`]);
  });
});
