import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import {
  messageFacts,
  NOON,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { openBlock, readBlockBody } from "./block-body.ts";
import { openReader } from "./journal-reader.ts";
import { EMPTY } from "./journal-session.ts";
import { createKeyring, readKeyring, rotateMasterKey } from "./keyring.ts";
import { KEYRING_FILE, openContentWith, openReaderSecrets, readKeyringFile } from "./keyring-file.ts";
import { listSegments } from "./list-segments.ts";
import { localMasterKey } from "./master-key.ts";
import { openBundle } from "./payload-bundle.ts";
import { PAYLOAD_KEYS } from "./payload-keys.ts";
import {
  grantReader,
  isReaderKeyText,
  listReaders,
  parseReaderKey,
  type ReaderKey,
  revokeReader,
  serializeReaderKey,
  writeReaderKey,
} from "./reader-key.ts";
import { readerRoles, type ReaderRole, roleKeys } from "./role-keys.ts";
import { entryKind } from "./ring-layout.ts";
import { openBox } from "./sealed-box.ts";
import { absenceOf, searchJournal } from "./search-journal.ts";
import { unwrapDataKey } from "./segment-head.ts";
import { verifyJournal } from "./verify-journal.ts";
import { walkSegment } from "./walk-segment.ts";

const kinds = ["none", "digest", "redacted", "full"] as const;

/** Writes a message of each kind, of a known user and of one who is not. */
async function writeKinds(journal: TemporaryJournal, said: string): Promise<void> {
  const writer = await startWriter(journal);
  for (const user of ["alice", null]) {
    const session = writer.intake.session(sessionFacts({ session: `of ${user}`, user }));
    for (const kind of kinds) {
      const bytes = Buffer.from(`${said} ${kind}`);
      const facts = messageFacts({ size: bytes.length, name: said });
      session.message(kind === "none" ? facts : { ...facts, payload: { kind, bytes } });
    }
  }
  writer.close();
}

async function grant(journal: TemporaryJournal, role: ReaderRole): Promise<ReaderKey> {
  const granted = await grantReader(journal.directory, journal.master, role);
  if (!granted.ok) throw new Error(granted.problem);
  return granted.reader;
}

/** What a reader is shown of each message: its content, or why there is none. */
async function shown(journal: TemporaryJournal, reader: ReaderKey): Promise<string[]> {
  const opened = await openReader(journal.directory, reader);
  if (!opened.ok) throw new Error(opened.problem);
  expect(opened.reader.role).toBe(reader.role);
  const found: string[] = [];
  for await (const each of searchJournal(opened.reader, { payloads: true })) {
    const { record, payload } = each;
    if (record.type !== "message" || record.user !== "alice") continue;
    const content = record.payload === "digest" ? "a digest" : String(payload);
    found.push(`${record.payload}: ${absenceOf(each, opened.reader.role) ?? content}`);
  }
  return found.toReversed();
}

/** Of what is shown, the content that was kept whole. */
function wholeTexts(found: readonly string[]): string[] {
  return found.filter((text) => text.startsWith("full"));
}

async function problemOf(directory: string, reader: ReaderKey): Promise<string> {
  const opened = await openReader(directory, reader);
  return opened.ok ? "" : opened.problem;
}

/** Every key that somebody finds who has a reader's key and all files, and goes by no rule but those of arithmetic. */
async function keysWithin(directory: string, reader: ReaderKey): Promise<Uint8Array[]> {
  const file = await readKeyringFile(directory);
  if (file?.ok !== true) throw new Error("no keyring");
  const found: Uint8Array[] = [reader.key];
  for (const { id, role } of file.value.readers) {
    const opened = openReaderSecrets(file.value, { id, key: reader.key });
    expect(opened.ok).toBe(id === reader.id && role === reader.role);
    if (!opened.ok) continue;
    for (const { secret } of opened.value.secrets) {
      found.push(secret);
      for (const pretended of readerRoles) found.push(...keysOf(secret, pretended));
    }
  }
  return found;
}

function keysOf(secret: Uint8Array, role: ReaderRole): Uint8Array[] {
  return Object.values(roleKeys(secret, role)).filter((key) => key !== null);
}

/** The payload keys, of either class, that any of some keys open. */
function payloadKeysWithin(directory: string, journal: string, keys: readonly Uint8Array[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  const folder = join(directory, PAYLOAD_KEYS);
  for (const name of readdirSync(folder))
    for (const line of readFileSync(join(folder, name), "utf8").split("\n")) {
      const [id = "", , , box = ""] = line.split(" ");
      for (const key of keys)
        for (const payloads of ["redacted", "full"]) {
          const context = `sallyport journal payload key\n${journal}\n${id}\n${name.slice(0, 10)}\n${payloads}\n`;
          const plain = openBox(key, Buffer.from(box, "base64"), Buffer.from(context));
          if (plain !== null) found.push(plain.subarray(0, 32));
        }
    }
  return found;
}

/** What the payload bundles of all segments hold that any of some keys open, and how many bundles there are. */
function bundlesWithin(
  directory: string,
  keys: readonly Uint8Array[],
): { readonly opened: string[]; readonly bundles: number; readonly blocks: number } {
  const opened: string[] = [];
  let [bundles, blocks] = [0, 0];
  for (const { head, path } of listSegments(directory)) {
    if (head === null) continue;
    const dataKeys = keys.map((key) => unwrapDataKey(head, key)).filter((key) => key !== null);
    for (const frame of walkSegment(readFileSync(path), head).frames) {
      const body = frame.kind === "block" ? readBlockBody(frame.body) : null;
      const place = { journal: head.journal, frame: frame.index };
      if (body !== null && dataKeys.some((key) => openBlock(body, key, place) !== null)) blocks += 1;
      for (const bundle of body?.bundles ?? []) {
        bundles += 1;
        for (const key of [...keys, ...dataKeys])
          for (const { bytes } of openBundle(bundle, key, place) ?? [])
            opened.push(Buffer.from(bytes).toString());
      }
    }
  }
  return { opened, bundles, blocks };
}

describe("openReader", () => {
  it("shows each role its own, and tells why the rest is absent", async () => {
    using journal = new TemporaryJournal();
    await writeKinds(journal, "hello");
    expect(await shown(journal, await grant(journal, "viewer"))).toEqual([
      "none: none",
      "digest: role",
      "redacted: role",
      "full: role",
    ]);
    expect(await shown(journal, await grant(journal, "analyst"))).toEqual([
      "none: none",
      "digest: role",
      "redacted: hello redacted",
      "full: role",
    ]);
    expect(await shown(journal, await grant(journal, "investigator"))).toEqual([
      "none: none",
      "digest: a digest",
      "redacted: hello redacted",
      "full: hello full",
    ]);
  });

  it("finds by text only what the role may read, and tells an erased payload from one of another role", async () => {
    using journal = new TemporaryJournal();
    await writeKinds(journal, "hello");
    const [analyst, investigator] = [await grant(journal, "analyst"), await grant(journal, "investigator")];
    const count = async (reader: ReaderKey, text: string): Promise<number> => {
      const opened = await openReader(journal.directory, reader);
      if (!opened.ok) throw new Error(opened.problem);
      let found = 0;
      for await (const _ of searchJournal(opened.reader, { text })) found += 1;
      return found;
    };
    expect(await count(analyst, "hello full")).toBe(0);
    expect(await count(analyst, "hello redacted")).toBe(2);
    expect(await count(investigator, "hello full")).toBe(2);
    const writer = await startWriter(journal);
    writer.ring.push({ ...EMPTY, kind: entryKind.erase, text: "alice" });
    writer.close();
    expect(await shown(journal, analyst)).toEqual([
      "none: none",
      "digest: role",
      "redacted: erased",
      "full: role",
    ]);
    expect((await shown(journal, investigator)).slice(1)).toEqual([
      "digest: erased",
      "redacted: erased",
      "full: erased",
    ]);
  });

  it("says why a reader's key opens nothing", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    await writeKinds(journal, "hello");
    await createKeyring(other.directory, other.master);
    const viewer = await grant(journal, "viewer");
    const { directory } = journal;
    expect(await problemOf(directory, viewer)).toBe("");
    expect(await problemOf(other.directory, viewer)).toContain("of another journal");
    expect(await problemOf(join(directory, "nowhere"), viewer)).toContain("there is no journal");
    expect(await problemOf(directory, { ...viewer, id: "00".repeat(8) })).toContain("was revoked");
    expect(await problemOf(directory, { ...viewer, key: Buffer.alloc(32, 7) })).toContain(
      "not the key of reader",
    );
    expect(await problemOf(directory, { ...viewer, verifier: "else" })).toContain("the public key");
    writeFileSync(join(directory, KEYRING_FILE), "{}");
    expect(await problemOf(directory, viewer)).toContain("is damaged");
  });
});

describe("a reader's key", () => {
  let journal: TemporaryJournal;

  beforeEach(async () => {
    journal = new TemporaryJournal();
    await writeKinds(journal, "hello");
    return () => journal[Symbol.dispose]();
  });

  it.for([
    ["viewer", 0, []],
    ["analyst", 2, ["hello redacted"]],
    ["investigator", 4, ["hello full", "hello redacted"]],
  ] as const)(
    "opens as a %s, going round everything, nothing but %i payload keys",
    async ([role, count, said]) => {
      const { directory } = journal;
      const readers: ReaderKey[] = [];
      for (const each of readerRoles) readers.push(await grant(journal, each));
      const reader = readers.find((known) => known.role === role);
      if (reader === undefined) throw new Error("no reader");
      const keys = await keysWithin(directory, reader);
      const payloadKeys = payloadKeysWithin(directory, reader.journal, keys);
      expect(payloadKeys).toHaveLength(count);
      const { opened, bundles, blocks } = bundlesWithin(directory, [...keys, ...payloadKeys]);
      expect(bundles).toBe(4);
      expect(blocks).toBe(1);
      expect(new Set(opened.filter((text) => text.startsWith("hello")))).toEqual(new Set(said));
      // Two texts and two digests of each of the two users; of those who are to have less, less.
      expect(opened).toHaveLength({ viewer: 0, analyst: 2, investigator: 6 }[role]);
      const file = await readKeyringFile(directory);
      if (file?.ok !== true) throw new Error("no keyring");
      expect(keys.map((key) => openContentWith(file.value, key).ok)).not.toContain(true);
    },
  );

  it("is worth no more when its role is written over, in the key or in the journal", async () => {
    const { directory } = journal;
    const viewer = await grant(journal, "viewer");
    const opened = await openReader(directory, { ...viewer, role: "investigator" });
    expect(opened.ok && opened.reader.role).toBe("viewer");
    const path = join(directory, KEYRING_FILE);
    writeFileSync(path, readFileSync(path, "utf8").replace('"viewer"', '"investigator"'));
    expect(await openReader(directory, viewer)).toMatchObject({ ok: false });
    // The next change writes what the master key knows.
    await grant(journal, "analyst");
    expect((await listReaders(directory)).map(({ role }) => role)).toEqual(["viewer", "analyst"]);
    expect(await openReader(directory, viewer)).toMatchObject({ ok: true });
  });

  it("verifies every block, and says what a reader could have written", async () => {
    const { directory } = journal;
    const opened = await openReader(directory, await grant(journal, "viewer"));
    if (!opened.ok) throw new Error(opened.problem);
    const verify = (): ReturnType<typeof verifyJournal> =>
      verifyJournal({ directory, keyring: opened.reader.keys });
    expect((await verify()).unknown.join()).not.toContain("a reader");
    const writer = await startWriter(journal);
    // A checkpoint comes with the first.
    for (const message of ["more", "still more"]) {
      writer.intake.append(NOON, { type: "gate", level: "info", message });
      writer.commit();
    }
    const report = await verify();
    expect(report.ok).toBe(true);
    expect(report.unknown.join()).toContain("whether a reader wrote the last 1 frames");
  });
});

describe("revokeReader", () => {
  it("takes what comes, and says that what was readable stays so with an old copy", async () => {
    using journal = new TemporaryJournal();
    const { directory, master } = journal;
    await writeKinds(journal, "before");
    const [gone, stays] = [await grant(journal, "investigator"), await grant(journal, "investigator")];
    const old = readFileSync(join(directory, KEYRING_FILE));
    const revoked = await revokeReader(directory, master, gone.id);
    if (!revoked.ok) throw new Error(revoked.problem);
    expect(revoked.role).toBe("investigator");
    expect(revoked.remains).toContain("stays readable for who kept a copy");
    journal.keyring = revoked.keyring;
    await writeKinds(journal, "after");
    expect(wholeTexts(await shown(journal, stays))).toEqual(["full: before full", "full: after full"]);
    expect(await openReader(directory, gone)).toMatchObject({ ok: false });
    expect(await revokeReader(directory, master, gone.id)).toMatchObject({ ok: false });
    // Who kept the old file, on the same day, of the same user.
    writeFileSync(join(directory, KEYRING_FILE), old);
    expect(wholeTexts(await shown(journal, gone))).toEqual(["full: before full"]);
    const keys = await keysWithin(directory, gone);
    const payloadKeys = payloadKeysWithin(directory, gone.journal, keys);
    const { opened, blocks } = bundlesWithin(directory, [...keys, ...payloadKeys]);
    expect(blocks).toBe(1);
    expect(opened.filter((text) => text.startsWith("after"))).toEqual([]);
    expect(opened.filter((text) => text.startsWith("before"))).toHaveLength(4);
  });

  it("leaves the readers who stay through every rotation of the master key", async () => {
    using journal = new TemporaryJournal();
    await writeKinds(journal, "before");
    const analyst = await grant(journal, "analyst");
    const next = localMasterKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
    const rotated = await rotateMasterKey(journal.directory, journal.master, next);
    if (rotated?.ok !== true) throw new Error("not rotated");
    journal.keyring = rotated.keyring;
    await writeKinds(journal, "after");
    expect((await shown(journal, analyst)).filter((text) => text.startsWith("redacted"))).toEqual([
      "redacted: before redacted",
      "redacted: after redacted",
    ]);
    // The old master key neither gives nor takes any more.
    expect(await grantReader(journal.directory, journal.master, "viewer")).toMatchObject({ ok: false });
    expect(await revokeReader(journal.directory, next, analyst.id)).toMatchObject({ ok: true });
    expect(await readKeyring(journal.directory, next)).toMatchObject({ ok: true });
  });

  it("says that there is no journal", async () => {
    using journal = new TemporaryJournal();
    const none = { ok: false, problem: "there is no journal here" };
    expect(await revokeReader(journal.directory, journal.master, "00".repeat(8))).toEqual(none);
    expect(await grantReader(journal.directory, journal.master, "viewer")).toEqual(none);
    expect(await listReaders(journal.directory)).toEqual([]);
  });
});

describe("parseReaderKey", () => {
  const reader: ReaderKey = {
    id: "0123456789abcdef",
    role: "analyst",
    journal: "ab".repeat(16),
    verifier: "sallyport/journal/x+00000000+AA==",
    key: Buffer.alloc(32, 5),
  };
  const text = serializeReaderKey(reader);

  it("reads what was written, with other ends of lines too", () => {
    expect(parseReaderKey(text)).toEqual({ ok: true, key: reader });
    expect(parseReaderKey(`\n${text.replaceAll("\n", "\r\n")}`)).toEqual({ ok: true, key: reader });
    expect(isReaderKeyText(text)).toBe(true);
    expect(isReaderKeyText("c2VjcmV0")).toBe(false);
  });

  it.for([
    "",
    "c2VjcmV0",
    text.replace("key 1", "key 2"),
    text.replace("analyst", "owner"),
    text.replace("role: ", "role "),
    text.replace(/key: .*/, "key: AAAA"),
    text.replace(/key: .*/, `key: ${Buffer.alloc(33).toString("base64")}`),
    text.replace(/key: .*/, `key: ${Buffer.alloc(31).toString("base64")}`),
    text.split("\n").slice(0, 4).join("\n"),
    `${text}more: 1\n`,
  ])("refuses %j", (changed) => {
    expect(parseReaderKey(changed)).toMatchObject({ ok: false, problem: expect.stringContaining("ask for") });
  });
});

describe("writeReaderKey", () => {
  it("writes a new file, for its owner alone, and no other one over", async () => {
    using journal = new TemporaryJournal();
    await createKeyring(journal.directory, journal.master);
    const viewer = await grant(journal, "viewer");
    const file = join(journal.directory, "viewer.key");
    writeReaderKey(file, viewer);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parseReaderKey(readFileSync(file, "utf8"))).toEqual({ ok: true, key: viewer });
    expect(() => writeReaderKey(file, viewer)).toThrow("EEXIST");
  });
});
