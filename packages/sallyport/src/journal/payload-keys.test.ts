import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { NOON, TemporaryJournal } from "../../test/journal-fixture.ts";
import type { Keyring } from "./journal-keys.ts";
import { createKeyring, readVerifier, rotateMasterKey } from "./keyring.ts";
import { localMasterKey } from "./master-key.ts";
import { payloadDigest, PayloadKeys, subjectOf } from "./payload-keys.ts";

const DAY = 86_400_000;

describe("PayloadKeys", () => {
  let keyring: Keyring;

  beforeEach(async () => {
    using journal = new TemporaryJournal();
    keyring = await createKeyring(journal.directory, journal.master);
  });

  it("has one key for a subject and day, the same after a start", () => {
    using journal = new TemporaryJournal();
    const keys = new PayloadKeys(join(journal.directory, "keys"), keyring);
    const alice = keys.keyOf("user alice", NOON, "full");
    expect(keys.keyOf("user alice", NOON + 1, "full")).toBe(alice);
    expect(keys.keyOf("user bob", NOON, "full").id).not.toBe(alice.id);
    expect(keys.keyOf("user alice", NOON + DAY, "full").id).not.toBe(alice.id);
    expect(keys.keyOf("user alice", NOON + 2 * DAY, "full").id).not.toBe(alice.id);
    keys.commit();
    const again = new PayloadKeys(join(journal.directory, "keys"), keyring);
    expect(again.keyOf("user alice", NOON, "full").id).toBe(alice.id);
    expect(again.find(alice.id)).toEqual(alice.key);
    expect(again.find("00".repeat(8))).toBeNull();
    expect(readdirSync(join(journal.directory, "keys"))).toHaveLength(3);
  });

  it("shows nothing of a key or its subject in its files", () => {
    using journal = new TemporaryJournal();
    const keys = new PayloadKeys(journal.directory, keyring);
    const { key } = keys.keyOf("user alice", NOON, "full");
    keys.commit();
    const text = readFileSync(join(journal.directory, "2026-11-30.keys"), "utf8");
    expect(text).not.toContain("alice");
    expect(text).not.toContain(Buffer.from(key).toString("base64").slice(0, 12));
  });

  it("destroys every key of a subject, of all days, and no other; what comes after has a new one", () => {
    using journal = new TemporaryJournal();
    const keys = new PayloadKeys(journal.directory, keyring);
    const [first, second, bob] = [
      keys.keyOf("user alice", NOON, "full"),
      keys.keyOf("user alice", NOON + DAY, "full"),
      keys.keyOf("user bob", NOON, "full"),
    ];
    keys.commit();
    expect(keys.erase("user alice")).toBe(2);
    expect(keys.erase("user alice")).toBe(0);
    expect([keys.find(first.id), keys.find(second.id)]).toEqual([null, null]);
    expect(keys.find(bob.id)).toEqual(bob.key);
    expect(keys.keyOf("user alice", NOON, "full").id).not.toBe(first.id);
    expect(keys.keyOf("user bob", NOON, "full")).toBe(bob);
  });

  it("skips lines that were torn, of another journal, or of a key that is not there", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    const file = join(journal.directory, "2026-11-30.keys");
    const theirs = new PayloadKeys(journal.directory, await createKeyring(other.directory, other.master));
    const foreign = theirs.keyOf("user alice", NOON, "full");
    theirs.commit();
    const keys = new PayloadKeys(journal.directory, keyring);
    const own = keys.keyOf("user alice", NOON, "full");
    keys.commit();
    const sameName = `${"0".repeat(16)} ${keyring.current} full ${Buffer.alloc(70).toString("base64")}`;
    writeFileSync(file, `${readFileSync(file, "utf8")}${sameName}\n0123 torn`);
    expect(keys.find(foreign.id)).toBeNull();
    expect(new PayloadKeys(journal.directory, keyring).find(own.id)).toEqual(own.key);
    // A line that was torn does not reach into the next one.
    keys.keyOf("user bob", NOON, "full");
    keys.commit();
    const reader = new PayloadKeys(journal.directory, keyring);
    expect(reader.keyOf("user bob", NOON, "full").id).toBe(keys.keyOf("user bob", NOON, "full").id);
  });

  it("throws where its files cannot be read, so that nothing counts as erased that is not", () => {
    using journal = new TemporaryJournal();
    mkdirSync(join(journal.directory, "2026-11-30.keys"));
    const keys = new PayloadKeys(journal.directory, keyring);
    expect(() => keys.find("00".repeat(8))).toThrow("EISDIR");
    expect(() => keys.erase("user alice")).toThrow("EISDIR");
  });

  it("sees what others wrote and erased when it is refreshed", () => {
    using journal = new TemporaryJournal();
    const [writer, reader] = [
      new PayloadKeys(journal.directory, keyring),
      new PayloadKeys(journal.directory, keyring),
    ];
    expect(reader.find("00".repeat(8))).toBeNull();
    const { id, key } = writer.keyOf("user alice", NOON, "full");
    writer.commit();
    expect(reader.find(id)).toBeNull();
    reader.refresh();
    expect(reader.find(id)).toEqual(key);
  });

  it("seals new keys with the newest key of the journal, and opens those before", async () => {
    using journal = new TemporaryJournal();
    const created = await createKeyring(journal.directory, journal.master);
    const before = new PayloadKeys(join(journal.directory, "keys"), created);
    const old = before.keyOf("user alice", NOON, "full");
    before.commit();
    const next = localMasterKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
    const rotated = await rotateMasterKey(journal.directory, journal.master, next);
    if (rotated?.ok !== true) throw new Error("not rotated");
    const after = new PayloadKeys(join(journal.directory, "keys"), rotated.keyring);
    // Whoever has the keys before is not to read what is said from now on.
    expect(after.keyOf("user alice", NOON, "full").id).not.toBe(old.id);
    expect(after.find(old.id)).toEqual(old.key);
    after.commit();
    const text = readFileSync(join(journal.directory, "keys", "2026-11-30.keys"), "utf8");
    expect(text).toContain(` ${created.current} `);
    expect(text).toContain(` ${rotated.keyring.current} `);
    expect(rotated.keyring.verifier).toBe(created.verifier);
    expect((await readVerifier(journal.directory))?.journal).toBe(created.journal);
    expect(await readVerifier(join(journal.directory, "keys"))).toBeNull();
    expect(await rotateMasterKey(join(journal.directory, "keys"), next, next)).toBeNull();
  });
});

describe("subjectOf", () => {
  it("tells a user from a session of the same name", () => {
    expect(subjectOf({ user: "a", session: "b" })).toBe("user a");
    expect(subjectOf({ user: null, session: "a" })).toBe("session a");
  });
});

describe("payloadDigest", () => {
  it("is of the content and the key", () => {
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => ({ id: "", key }));
    if (one === undefined || two === undefined) throw new Error("no key");
    const digest = payloadDigest(one, Buffer.from("x"));
    expect(digest).toHaveLength(16);
    expect(payloadDigest(one, Buffer.from("x"))).toEqual(digest);
    expect(payloadDigest(one, Buffer.from("y"))).not.toEqual(digest);
    expect(payloadDigest(two, Buffer.from("x"))).not.toEqual(digest);
  });
});
