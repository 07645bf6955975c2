import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { KeyService } from "../../test/key-service.ts";
import { type JournalAlarm, openJournal, type JournalOptions, type JournalWriter } from "./journal-writer.ts";
import { openReader } from "./journal-reader.ts";
import { createKeyring, readKeyring, rotateMasterKey } from "./keyring.ts";
import { KEYRING_FILE } from "./keyring-file.ts";
import { listSegments } from "./list-segments.ts";
import { localMasterKey, type MasterKey } from "./master-key.ts";
import { grantReader } from "./reader-key.ts";
import { verifyJournal } from "./verify-journal.ts";
import { LOCK_FILE } from "./writer-lock.ts";

const pace = { gatherMs: 5, retryMs: 20, idleMs: 50 };
const ready = { type: "gate", level: "info", message: "ready" } as const;

async function start(
  journal: TemporaryJournal,
  options: Partial<JournalOptions> = {},
): Promise<JournalWriter> {
  const { directory, master } = journal;
  const opened = await openJournal({ directory, master, pace, ...options });
  if (!opened.ok) throw new Error(opened.problem);
  const read = await readKeyring(directory, options.master ?? master);
  journal.keyring = read?.ok === true ? read.keyring : null;
  return opened.journal;
}

async function problemOf(journal: TemporaryJournal, options: Partial<JournalOptions> = {}): Promise<string> {
  const { directory, master } = journal;
  const opened = await openJournal({ directory, master, pace, ...options });
  if (opened.ok) await opened.journal.close();
  return opened.ok ? "" : opened.problem;
}

describe("openJournal", () => {
  it("writes in a thread of its own, and says when records are on the disk", async () => {
    using journal = new TemporaryJournal();
    const alarms: JournalAlarm[] = [];
    const checkpoints: string[] = [];
    const writer = await start(journal, {
      onAlarm: (alarm) => alarms.push(alarm),
      onCheckpoint: (note) => checkpoints.push(note),
    });
    const session = writer.session(sessionFacts());
    expect(writer.append(NOON, ready)).toBe("taken");
    expect(session.message(messageFacts({}, "hello"))).toBe("taken");
    expect(await writer.flush()).toBe(true);
    expect(await writer.flush()).toBe(true);
    expect(await search(journal, { text: "hello" })).toHaveLength(1);
    expect(await writer.erase("alice")).toBe(1);
    expect(await search(journal, { text: "hello" })).toHaveLength(0);
    session.end();
    expect(await writer.close(NOON)).toBe(true);
    expect(await writer.close(NOON)).toBe(true);
    expect(alarms).toEqual([]);
    expect(checkpoints.at(-1)).toBe(readFileSync(join(journal.directory, "checkpoint"), "utf8"));
    const types = (await search(journal)).map(({ record }) => Reflect.get(record, "what") ?? record.type);
    expect(types).toEqual(["stopped", "erased", "message", "gate", "started"]);
  });

  it("keeps what it writes for its owner alone", async () => {
    using journal = new TemporaryJournal();
    const directory = join(journal.directory, "below");
    const opened = await openJournal({ directory, master: journal.master, pace });
    expect(opened.ok && (await opened.journal.close())).toBe(true);
    expect(statSync(directory).mode & 0o077).toBe(0);
    expect(statSync(join(directory, KEYRING_FILE)).mode & 0o077).toBe(0);
  });

  it("takes nothing after its end", async () => {
    using journal = new TemporaryJournal();
    const writer = await start(journal);
    await writer.close();
    expect(writer.append(NOON, ready)).toBe("shed");
    expect(await writer.erase("alice")).toBeNull();
    await writer.room();
    expect(await writer.flush()).toBe(true);
  });

  it("refuses a journal that is written already, and takes one whose writer is gone", async () => {
    using journal = new TemporaryJournal();
    const writer = await start(journal);
    expect(await problemOf(journal)).toContain("writes this journal");
    await writer.close();
    expect(await problemOf(journal)).toBe("");
    // Process 1 is alive, and began at another time than this says.
    writeFileSync(join(journal.directory, LOCK_FILE), "1 1\n");
    expect(await problemOf(journal)).toBe("");
    writeFileSync(join(journal.directory, LOCK_FILE), "");
    expect(await problemOf(journal)).toBe("");
    writeFileSync(join(journal.directory, LOCK_FILE), `${process.ppid}\n`);
    expect(await problemOf(journal)).toContain(`process ${process.ppid} writes this journal`);
  });

  it("refuses a wrong master key, and keys that are lost or damaged", async () => {
    using journal = new TemporaryJournal();
    const writer = await start(journal);
    await writer.close();
    const wrong = localMasterKey(Buffer.alloc(32, 7));
    expect(await problemOf(journal, { master: wrong })).toContain(
      "this is not the master key of the journal",
    );
    const path = join(journal.directory, KEYRING_FILE);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.slice(0, 100));
    expect(await problemOf(journal)).toContain("is damaged");
    writeFileSync(path, text.replace(/"verifier": "[^"]*"/, '"verifier": "somebody else"'));
    expect(await problemOf(journal)).toContain("the public key in keyring.json is not the journal's");
    rmSync(path);
    expect(await problemOf(journal)).toContain("keyring.json is missing beside the segments");
    writeFileSync(path, text);
    expect(await problemOf(journal)).toBe("");
  });

  it("says why it cannot be opened where there is no directory, or no ring of that size", async () => {
    using journal = new TemporaryJournal();
    const file = join(journal.directory, "file");
    writeFileSync(file, "");
    expect(await problemOf(journal, { directory: join(file, "below") })).toContain("ENOTDIR");
    expect(await problemOf(journal, { ringBytes: 1000 })).toContain("a ring has a power of two");
    expect(await problemOf(journal)).toBe("");
  });

  it("goes on with the keys that it has when the master key changes under it, and what follows has new ones", async () => {
    using journal = new TemporaryJournal();
    const writer = await start(journal);
    const session = writer.session(sessionFacts());
    session.message(messageFacts({}, "before"));
    await writer.flush();
    const next = localMasterKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
    const rotated = await rotateMasterKey(journal.directory, journal.master, next);
    expect(rotated?.ok).toBe(true);
    session.message(messageFacts({}, "between"));
    await writer.close();
    expect(await problemOf(journal)).toContain("this is not the master key");
    const second = await start(journal, { master: next });
    second.session(sessionFacts()).message(messageFacts({}, "after"));
    await second.close();
    expect(journal.keyring?.keys.size).toBe(2);
    const said = (await search(journal, { payloads: true })).flatMap(
      ({ payload }) => payload?.toString() ?? [],
    );
    expect(said).toEqual(["after", "between", "before"]);
    expect(await rotateMasterKey(journal.directory, journal.master, next)).toMatchObject({ ok: false });
    expect(await openReader(journal.directory, journal.master)).toMatchObject({ ok: false });
    expect(await openReader(journal.directory, next)).toMatchObject({ ok: true });
  });

  it("takes new keys while it writes: nothing is lost, and what follows is closed to the keys before", async () => {
    using journal = new TemporaryJournal();
    const { directory, master } = journal;
    const writer = await start(journal);
    const session = writer.session(sessionFacts());
    const old = journal.keyring;
    const oldFile = readFileSync(join(directory, KEYRING_FILE));
    const next = localMasterKey(randomBytes(32));
    let number = 0;
    const over = new AbortController();
    const say = async (): Promise<void> => {
      while (!over.signal.aborted) {
        for (let count = 0; count < 50; count++) session.message(messageFacts({}, `message ${++number}`));
        await writer.flush();
      }
    };
    const saying = say();
    const rotated = await rotateMasterKey(directory, master, next);
    if (rotated?.ok !== true) throw new Error("not rotated");
    const change = { change: "rotated", reader: null, role: null, by: "root" } as const;
    expect(await writer.takeKeys(rotated.handover, change)).toEqual({ ok: true });
    const taken = number;
    // A second time changes nothing, and is recorded all the same.
    expect(await writer.takeKeys(rotated.handover, change)).toEqual({ ok: true });
    session.message(messageFacts({}, `message ${++number}`));
    over.abort();
    await saying;
    expect(await writer.close()).toBe(true);
    journal.keyring = rotated.keyring;
    const found = await search(journal, { payloads: true });
    const said = found.flatMap(({ payload }) => payload?.toString() ?? []).toReversed();
    expect(said).toEqual(Array.from({ length: number }, (_, at) => `message ${at + 1}`));
    expect(number).toBeGreaterThan(taken);
    expect(found.filter(({ record }) => "what" in record && record.what === "keys")).toHaveLength(2);
    expect((await verifyJournal({ directory, keyring: rotated.keyring })).ok).toBe(true);
    // The old master key opens the old file, and nothing that came after it.
    expect(await openReader(directory, master)).toMatchObject({ ok: false });
    writeFileSync(join(directory, KEYRING_FILE), oldFile);
    expect(await problemOf(journal)).toContain("keyring.json is older than the segment");
    journal.keyring = old;
    const before = (await search(journal, { payloads: true })).flatMap(
      ({ payload }) => payload?.toString() ?? [],
    );
    expect(before.length).toBeLessThanOrEqual(taken);
    expect(said.slice(0, before.length)).toEqual(before.toReversed());
  });

  it("goes on with its keys where others were not handed over, were lost, or are not its own", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    const { directory, master } = journal;
    const writer = await start(journal);
    const change = { change: "granted", reader: null, role: null, by: "root" } as const;
    await createKeyring(other.directory, other.master);
    const theirs = await rotateMasterKey(other.directory, other.master, other.master);
    const first = await rotateMasterKey(directory, master, master);
    const file = readFileSync(join(directory, KEYRING_FILE));
    const second = await rotateMasterKey(directory, master, master);
    if (theirs?.ok !== true || first?.ok !== true || second?.ok !== true) throw new Error("not rotated");
    const problems: string[] = [];
    const take = async (handover: Uint8Array): Promise<void> => {
      const taken = await writer.takeKeys(handover, change);
      problems.push(taken.ok ? "" : taken.problem);
    };
    await take(theirs.handover);
    await take(Buffer.alloc(3));
    await take(first.handover);
    await take(second.handover);
    writeFileSync(join(directory, KEYRING_FILE), file);
    await take(first.handover);
    writeFileSync(join(directory, KEYRING_FILE), "{}");
    await take(first.handover);
    rmSync(join(directory, KEYRING_FILE));
    await take(first.handover);
    expect(problems).toEqual([
      "the keys were not handed over by this journal",
      "the keys were not handed over by this journal",
      "keyring.json was changed again since, or is damaged",
      "",
      "keyring.json does not continue the keys in use",
      "keyring.json is damaged: put a copy of it back",
      "keyring.json is missing: put a copy of it back",
    ]);
    writeFileSync(join(directory, KEYRING_FILE), file);
    expect(await writer.close()).toBe(true);
    expect(await writer.record(NOON, ready)).toBe(false);
    expect(await writer.takeKeys(first.handover, change)).toMatchObject({ ok: false });
  });

  it("asks a key-management service once; one that fails leaves nothing behind, and is asked again", async () => {
    using journal = new TemporaryJournal();
    const { directory } = journal;
    const service = new KeyService();
    const master = service.key;
    service.failure = "the service cannot be reached";
    expect(await problemOf(journal, { master })).toBe("the service cannot be reached");
    expect(readdirSync(directory)).toEqual([]);
    service.failure = null;
    expect(await problemOf(journal, { master })).toBe("");
    // Many keys later it is still asked once.
    for (let round = 0; round < 5; round++) await grantReader(directory, master, "analyst");
    expect((await rotateMasterKey(directory, master, master))?.ok).toBe(true);
    const file = readFileSync(join(directory, KEYRING_FILE), "utf8");
    service.calls.length = 0;
    service.failure = "throttled";
    expect(await problemOf(journal, { master })).toBe("throttled");
    expect(await openReader(directory, master)).toEqual({ ok: false, problem: "throttled" });
    await expect(rotateMasterKey(directory, master, master)).rejects.toThrow("throttled");
    service.failure = null;
    const failing = { ...master, wrap: () => Promise.reject(new Error("no quota")) };
    await expect(rotateMasterKey(directory, master, failing)).rejects.toThrow("no quota");
    expect(readFileSync(join(directory, KEYRING_FILE), "utf8")).toBe(file);
    service.calls.length = 0;
    expect(await problemOf(journal, { master })).toBe("");
    expect(service.calls).toEqual(["unwrap"]);
    const wrong: MasterKey = { ...master, unwrap: () => Promise.resolve(Buffer.alloc(7)) };
    expect(await problemOf(journal, { master: wrong })).toContain("is damaged");
    expect(await problemOf(journal)).toContain("its keys are wrapped by kms/eu-central-1/journal");
  });

  it("takes nothing while the ring is full, where it is to block, and loses nothing", async () => {
    using journal = new TemporaryJournal();
    const writer = await start(journal, { whenFull: "block", ringBytes: 64 * 1024 });
    const session = writer.session(sessionFacts());
    let full = 0;
    for (let size = 0; size < 3000;) {
      if (session.message(messageFacts({ size }, "x".repeat(100))) === "taken") size += 1;
      else {
        full += 1;
        await writer.room();
      }
    }
    expect(full).toBeGreaterThan(0);
    expect(await writer.close()).toBe(true);
    const sizes = (await search(journal)).flatMap(({ record }) =>
      record.type === "message" ? [record.sequence] : [],
    );
    expect(sizes.toReversed()).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
  });

  it("counts what would never find room as shed, whatever it is to do when it is full", async () => {
    using journal = new TemporaryJournal();
    const writer = await start(journal, { whenFull: "block", ringBytes: 64 * 1024 });
    expect(writer.append(NOON, { ...ready, detail: "x".repeat(20_000) })).toBe("shed");
    expect(writer.append(NOON, ready)).toBe("taken");
    expect(await writer.close()).toBe(true);
    expect((await search(journal)).map(({ record }) => record)).toContainEqual(
      expect.objectContaining({ what: "shed", records: 1 }),
    );
  });

  it("retires in its thread what is not retained, and raises an alarm where that cannot be", async () => {
    using journal = new TemporaryJournal();
    for (let round = 0; round < 3; round++) {
      const writer = await start(journal);
      writer.session(sessionFacts()).message(messageFacts({}, `round ${round}`));
      await writer.close(NOON);
    }
    const retain = { ageMs: null, bytes: 0 };
    const second = listSegments(journal.directory)[1]?.path ?? "";
    const file = readFileSync(second);
    writeFileSync(second, Buffer.concat([file, Buffer.alloc(1)]));
    const alarms: JournalAlarm[] = [];
    const alarmed = Promise.withResolvers<void>();
    const onAlarm = (alarm: JournalAlarm): void => {
      alarms.push(alarm);
      alarmed.resolve();
    };
    const writer = await start(journal, { retain, onAlarm });
    await alarmed.promise;
    expect(alarms).toMatchObject([
      { level: "error", message: "the journal keeps a segment that is due to go" },
    ]);
    await writer.close(NOON);
    expect(readdirSync(journal.directory).filter((name) => name.endsWith(".tombstone"))).toHaveLength(1);
  });

  it("tells what it recovered, and when that is not as it should be, and refuses what it cannot continue", async () => {
    using journal = new TemporaryJournal();
    const alarms: JournalAlarm[] = [];
    const onAlarm = (alarm: JournalAlarm): void => {
      alarms.push(alarm);
    };
    /** A writer that ended without an end. */
    const leave = async (): Promise<string> => {
      const writer = await startWriter(journal);
      writer.intake.append(NOON, ready);
      writer.commit();
      return listSegments(journal.directory).at(-1)?.path ?? "";
    };
    await leave();
    await (await start(journal, { onAlarm })).close();
    const path = await leave();
    const file = readFileSync(path);
    file[file.length - 40] = (file[file.length - 40] ?? 0) ^ 1;
    writeFileSync(path, file);
    await (await start(journal, { onAlarm })).close();
    expect(alarms).toEqual([
      {
        level: "info",
        message: "the journal was recovered",
        detail: expect.stringContaining("0 frames lost"),
      },
      { level: "error", message: "the journal was recovered", detail: expect.stringContaining("set aside") },
    ]);
    for (const number of [8, 9]) writeFileSync(join(journal.directory, `0000000${number}.open`), "");
    expect(await problemOf(journal)).toContain("more than one open segment");
  });

  it("says when the disk fails and when it takes records again, and has them all", async () => {
    using journal = new TemporaryJournal();
    const alarms: string[] = [];
    const failing = Promise.withResolvers<void>();
    const writer = await start(journal, {
      onAlarm: ({ message }) => {
        alarms.push(message);
        failing.resolve();
      },
    });
    const day = join(journal.directory, "payload-keys", "2026-11-30.keys");
    mkdirSync(day, { recursive: true });
    writer.session(sessionFacts()).message(messageFacts({}, "hello"));
    await failing.promise;
    rmSync(day, { recursive: true });
    expect(await writer.close()).toBe(true);
    expect(alarms).toEqual([
      "the journal's disk takes no records: they wait",
      "the journal's disk takes records again",
    ]);
    expect(await search(journal, { text: "hello" })).toHaveLength(1);
  });

  it("retires what was sealed with the keys before a rotation, and with those after it", async () => {
    using journal = new TemporaryJournal();
    const { directory, master } = journal;
    const alarms: JournalAlarm[] = [];
    const retain = { ageMs: null, bytes: 0 };
    const limits = { segmentBytes: 1 };
    const writer = await start(journal, { retain, limits, onAlarm: (alarm) => alarms.push(alarm) });
    const rotated = await rotateMasterKey(directory, master, master);
    if (rotated?.ok !== true) throw new Error("not rotated");
    const change = { change: "rotated", reader: null, role: null, by: "root" } as const;
    expect(await writer.takeKeys(rotated.handover, change)).toEqual({ ok: true });
    const session = writer.session(sessionFacts());
    for (let round = 0; round < 3; round++) {
      session.message(messageFacts({}, `round ${round}`));
      await writer.flush();
    }
    expect(await writer.close(NOON)).toBe(true);
    expect(alarms).toEqual([]);
    const names = readdirSync(directory).filter((name) => name.endsWith(".tombstone"));
    expect(names.length).toBeGreaterThan(2);
    expect((await verifyJournal({ directory, keyring: rotated.keyring })).faults).toEqual([]);
  });

  it("ends with a failing disk too, and says that not everything got there", async () => {
    using journal = new TemporaryJournal();
    const alarms: string[] = [];
    const writer = await start(journal, { onAlarm: ({ message }) => alarms.push(message) });
    expect(await writer.flush()).toBe(true);
    // A directory in the place of the file of the day's keys: none can be written.
    mkdirSync(join(journal.directory, "payload-keys", "2026-11-30.keys"), { recursive: true });
    writer.session(sessionFacts()).message(messageFacts({}, "hello"));
    expect(await writer.close()).toBe(false);
    expect(alarms).toContain("the journal's disk takes no records: they wait");
  });
});
