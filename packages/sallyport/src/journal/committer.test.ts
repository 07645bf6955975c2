import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { FailingDisk, type DiskOperation } from "../../test/failing-disk.ts";
import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import type { Keyring } from "./journal-keys.ts";
import type { JournalRecord } from "./journal-record.ts";
import { EMPTY } from "./journal-session.ts";
import { createKeyring, rotateMasterKey } from "./keyring.ts";
import { listSegments } from "./list-segments.ts";
import { entryKind } from "./ring-layout.ts";
import { verifyJournal } from "./verify-journal.ts";

const ready = { type: "gate", level: "info", message: "ready" } as const;

function sizes(found: readonly { readonly record: JournalRecord }[]): number[] {
  return found.flatMap(({ record }) => (record.type === "message" ? [record.size] : [])).toReversed();
}

function notes(found: readonly { readonly record: JournalRecord }[]): JournalRecord[] {
  return found.map(({ record }) => record).filter(({ type }) => type === "journal");
}

describe("Committer", () => {
  it("lets go of the payload keys of somebody unknown when the session is over", async () => {
    using journal = new TemporaryJournal();
    const { intake, commit, close } = await startWriter(journal);
    const speak = (user: string | null): void => {
      const session = intake.session(sessionFacts({ user }));
      session.message(messageFacts({}, "one"));
      commit();
      session.message(messageFacts({}, "two"));
      session.end();
      commit();
    };
    const keys = (): number => {
      const [file = ""] = readdirSync(join(journal.directory, "payload-keys"));
      const text = readFileSync(join(journal.directory, "payload-keys", file), "utf8");
      return text.split("\n").filter((line) => line !== "").length;
    };
    speak(null);
    expect(keys()).toBe(1);
    // The same session again, as no gate has it: what it had is not known any more, and what it said is.
    speak(null);
    expect(keys()).toBe(2);
    speak("ada");
    speak("ada");
    expect(keys()).toBe(3);
    close();
    expect(
      (await search(journal, { payloads: true, text: "o" })).map(({ payload }) => String(payload)),
    ).toEqual(Array.from({ length: 4 }, () => ["two", "one"]).flat());
  });

  it("writes what waits as one block, and gives the room back when it is on the disk", async () => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    const { intake, committer, consumer, reports } = await startWriter(journal, failing);
    const session = intake.session(sessionFacts());
    for (let size = 1; size <= 100; size++) session.message(messageFacts({ size }));
    failing.asked.length = 0;
    expect(committer.turn()).toBe("wrote");
    expect(failing.asked.filter((operation) => operation === "sync")).toHaveLength(2);
    expect(consumer.waiting).toBe(0);
    expect(reports.filter(({ type }) => type === "committed")).toHaveLength(1);
    expect(committer.turn()).toBe("idle");
    expect(sizes(await search(journal))).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it.for<[DiskOperation, string]>([
    ["write", "ENOSPC"],
    ["write", "EROFS"],
    ["sync", "EIO"],
    ["create", "EROFS"],
    ["syncDirectory", "EIO"],
  ])("loses nothing while %s fails with %s, and says how long that was", async ([operation, code]) => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    let now = NOON;
    const writer = await startWriter(journal, { disk: failing.disk, now: () => now });
    const { intake, committer, reports } = writer;
    const session = intake.session(sessionFacts());
    session.message(messageFacts({ size: 1 }));
    failing.failing.set(operation, code);
    failing.tornBytes = 40;
    now += 2000;
    expect(committer.turn()).toBe("failed");
    session.message(messageFacts({ size: 2 }));
    expect(committer.turn()).toBe("failed");
    expect(reports.filter(({ type }) => type === "failing")).toEqual([
      { type: "failing", detail: `${code}: ${operation}` },
    ]);
    failing.failing.clear();
    now += 5000;
    session.message(messageFacts({ size: 3 }));
    expect(committer.turn()).toBe("wrote");
    expect(reports).toContainEqual({ type: "mended" });
    writer.close();
    const found = await search(journal);
    expect(sizes(found)).toEqual([1, 2, 3]);
    expect(notes(found)).toEqual([
      expect.objectContaining({
        what: "disk",
        from: NOON + 2000,
        to: NOON + 7000,
        detail: `${code}: ${operation}`,
      }),
    ]);
    expect(await verifyJournal({ directory: journal.directory, keyring: journal.keyring })).toMatchObject({
      ok: true,
    });
  });

  it.for<DiskOperation>(["write", "sync", "rename", "syncDirectory", "replace"])(
    "seals when it can again, once, where %s failed then",
    async (operation) => {
      using journal = new TemporaryJournal();
      const failing = new FailingDisk();
      const { intake, committer, ring } = await startWriter(journal, failing);
      intake.append(NOON, ready);
      committer.turn();
      failing.failing.set(operation, "EIO");
      failing.tornBytes = 7;
      ring.close();
      expect(committer.turn()).toBe("failed");
      expect(committer.turn()).toBe("failed");
      failing.failing.clear();
      const turns = [committer.turn(), committer.turn()];
      expect(turns).toContain("ended");
      const report = await verifyJournal({ directory: journal.directory, keyring: journal.keyring });
      expect(report).toMatchObject({ ok: true });
      expect(journal.names().every((name) => name.endsWith(".segment"))).toBe(true);
    },
  );

  it("lets the ring fill while the disk fails: what is shed then is counted exactly in the next record", async () => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    const writer = await startWriter(journal, { disk: failing.disk, ringBytes: 64 * 1024 });
    const session = writer.intake.session(sessionFacts());
    failing.failing.set("write", "ENOSPC");
    const text = "x".repeat(1000);
    const outcomes = Array.from({ length: 100 }, (_, at) => {
      writer.committer.turn();
      return session.message(messageFacts({ time: NOON + at, size: at }, text));
    });
    const shed = outcomes.filter((outcome) => outcome === "shed").length;
    expect(shed).toBeGreaterThan(10);
    failing.failing.clear();
    writer.commit();
    expect(session.message(messageFacts({ size: 100 }))).toBe("taken");
    writer.commit();
    const found = await search(journal);
    const taken = 100 - shed;
    expect(sizes(found)).toEqual([...Array.from({ length: taken }, (_, at) => at), 100]);
    expect(notes(found)).toContainEqual({
      type: "journal",
      what: "shed",
      records: shed,
      bytes: shed * 1000,
      from: NOON + taken,
      to: NOON + 99,
      time: NOON + 99,
    });
    // The gap shows in the session's own numbers too.
    expect(found[0]?.record).toMatchObject({ sequence: 101 });
  });

  it("says when the clock steps back, and finds by time all the same", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const session = writer.intake.session(sessionFacts());
    session.message(messageFacts({ time: NOON, size: 1 }));
    session.message(messageFacts({ time: NOON - 500, size: 2 }));
    writer.commit();
    session.message(messageFacts({ time: NOON - 3_600_000, size: 3 }));
    writer.close();
    expect(notes(await search(journal))).toEqual([
      { type: "journal", what: "clock", from: NOON - 500, to: NOON - 3_600_000, time: NOON - 3_600_000 },
    ]);
    expect(sizes(await search(journal, { until: NOON - 1000 }))).toEqual([3]);
    expect(sizes(await search(journal, { since: NOON - 1000, until: NOON }))).toEqual([2]);
    expect(sizes(await search(journal, { since: NOON }))).toEqual([1]);
  });

  it("seals a segment that is full or old, and signs a checkpoint at first, then, and now and again", async () => {
    using journal = new TemporaryJournal();
    let now = NOON;
    const limits = { segmentBytes: 2000, segmentMs: 60_000, checkpointMs: 5000 };
    const writer = await startWriter(journal, { limits, now: () => now });
    const checkpoints = (): number => writer.reports.filter(({ type }) => type === "checkpoint").length;
    const say = (): void => {
      writer.intake.append(now, ready);
      writer.commit();
    };
    say();
    expect([journal.names().length, checkpoints()]).toEqual([1, 1]);
    say();
    expect(checkpoints()).toBe(1);
    now += 5000;
    say();
    expect([journal.names().length, checkpoints()]).toEqual([1, 2]);
    now += 60_000;
    writer.committer.turn();
    expect(journal.names()).toEqual([expect.stringMatching(/\.segment$/)]);
    expect(checkpoints()).toBe(3);
    const session = writer.intake.session(sessionFacts());
    for (let round = 0; round < 10; round++) {
      session.message(messageFacts({}, `${Math.random()}`.repeat(40)));
      writer.commit();
    }
    expect(journal.names().length).toBeGreaterThan(3);
    writer.close();
    const report = await verifyJournal({ directory: journal.directory, keyring: journal.keyring });
    expect(report).toMatchObject({ ok: true, segments: journal.names().length });
    expect(report.faults).toEqual([]);
  });

  it("takes no more into a block than it holds, and loses nothing", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal, { ringBytes: 4 * 1024 * 1024 });
    const session = writer.intake.session(sessionFacts());
    for (let size = 0; size < 20_000; size++) session.message(messageFacts({ size }));
    writer.close();
    expect(sizes(await search(journal))).toEqual(Array.from({ length: 20_000 }, (_, index) => index));
  });

  it.for<DiskOperation>(["write", "sync", "rename", "create", "syncDirectory"])(
    "goes on with other keys from where it was told to, once, however often %s fails there",
    async (operation) => {
      using journal = new TemporaryJournal();
      const failing = new FailingDisk();
      const given: Keyring[] = [];
      const takeKeyring = (): Keyring | null => given.shift() ?? null;
      const writer = await startWriter(journal, { disk: failing.disk, takeKeyring });
      const { intake, ring, committer, reports } = writer;
      const old = journal.keyring;
      const session = intake.session(sessionFacts());
      session.message(messageFacts({ size: 1 }, "before"));
      const rotated = await rotateMasterKey(journal.directory, journal.master, journal.master);
      if (rotated?.ok !== true || old === null) throw new Error("not rotated");
      given.push(rotated.keyring);
      const change = { change: "rotated", reader: null, role: null, by: "root" } as const;
      const text = JSON.stringify({ type: "journal", what: "keys", ...change });
      ring.push({ ...EMPTY, kind: entryKind.rotate, text });
      session.message(messageFacts({ size: 2 }, "after"));
      expect(committer.turn()).toBe("wrote");
      failing.failing.set(operation, "EIO");
      expect([committer.turn(), committer.turn()]).toEqual(["failed", "failed"]);
      failing.failing.clear();
      writer.close();
      expect(reports.filter(({ type }) => type === "rotated")).toEqual([
        { type: "rotated", current: rotated.keyring.current },
      ]);
      journal.keyring = rotated.keyring;
      const found = await search(journal, { payloads: true });
      expect(found.flatMap(({ payload }) => payload?.toString() ?? [])).toEqual(["after", "before"]);
      expect(notes(found)).toContainEqual(expect.objectContaining({ what: "keys", ...change }));
      expect(
        (await verifyJournal({ directory: journal.directory, keyring: rotated.keyring })).faults,
      ).toEqual([]);
      journal.keyring = old;
      expect(sizes(await search(journal))).toEqual([1]);
    },
  );

  it("goes on with the keys that it has where it was told of others and was given none", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    writer.ring.push({ ...EMPTY, kind: entryKind.rotate, text: '{"type":"journal","what":"keys"}' });
    writer.close();
    expect(writer.reports).toContainEqual({ type: "rotated", current: null });
    expect(listSegments(journal.directory)).toHaveLength(1);
  });

  it("keeps payloads under a key of their user and day, and what was erased is gone while the chain holds", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const { intake, ring } = writer;
    const alice = intake.session(sessionFacts());
    const bob = intake.session(sessionFacts({ session: "s2", user: "bob" }));
    const nobody = intake.session(sessionFacts({ session: "s3", user: null }));
    alice.message(messageFacts({}, "the secret of alice"));
    alice.message(messageFacts({ time: NOON + 86_400_000 }, "the next day of alice"));
    bob.message(messageFacts({}, "the secret of bob"));
    nobody.message(messageFacts({}, "the secret of nobody"));
    writer.commit();
    expect(await search(journal, { text: "secret" })).toHaveLength(3);
    expect(readdirSync(join(journal.directory, "payload-keys"))).toEqual([
      "2026-11-30.keys",
      "2026-12-01.keys",
    ]);
    ring.push({
      kind: 6,
      time: 0,
      number: 0,
      sequence: 0,
      size: 0,
      flags: 0,
      name: 0,
      payload: null,
      text: "alice",
    });
    writer.commit();
    alice.message(messageFacts({}, "a new secret"));
    writer.close();
    expect(writer.reports).toContainEqual({ type: "erased", user: "alice", keys: 2 });
    const found = await search(journal, { payloads: true });
    const said = found.flatMap(({ record, payload }) =>
      record.type === "message" ? [payload?.toString() ?? null] : [],
    );
    expect(said).toEqual(["a new secret", "the secret of nobody", "the secret of bob", null, null]);
    expect(notes(found)).toContainEqual(expect.objectContaining({ what: "erased", user: "alice", keys: 2 }));
    const report = await verifyJournal({ directory: journal.directory, keyring: journal.keyring });
    expect(report.faults).toEqual([]);
  });

  it("seals what was said before somebody is erased with keys that go, also where that waits together", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const alice = writer.intake.session(sessionFacts());
    alice.message(messageFacts({}, "before"));
    writer.ring.push({ ...EMPTY, kind: entryKind.erase, text: "alice" });
    alice.message(messageFacts({}, "after"));
    writer.close();
    expect(writer.reports).toContainEqual({ type: "erased", user: "alice", keys: 1 });
    const said = (await search(journal, { payloads: true })).flatMap(({ record, payload }) =>
      record.type === "message" ? [payload?.toString() ?? null] : [],
    );
    expect(said).toEqual(["after", null]);
  });

  it("goes on with keys that it is given, in a segment of their own, also where the disk fails meanwhile", async () => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    const given: Keyring[] = [];
    const takeKeyring = (): Keyring | null => given.shift() ?? null;
    const writer = await startWriter(journal, { disk: failing.disk, takeKeyring });
    const session = writer.intake.session(sessionFacts());
    session.message(messageFacts({}, "before"));
    const { directory, master } = journal;
    const rotated = await rotateMasterKey(directory, master, master);
    if (rotated?.ok !== true || journal.keyring === null) throw new Error("not rotated");
    const rotate = (): void => {
      const note = { type: "journal", what: "keys", change: "rotated", reader: null, role: null, by: "root" };
      writer.ring.push({ ...EMPTY, kind: entryKind.rotate, text: JSON.stringify(note) });
    };
    given.push(rotated.keyring);
    rotate();
    session.message(messageFacts({}, "after"));
    writer.committer.turn();
    failing.failing.set("write", "EIO");
    expect(writer.committer.turn()).toBe("failed");
    failing.failing.clear();
    writer.commit();
    // The same once more, and an entry for which there are no keys.
    given.push(rotated.keyring);
    rotate();
    rotate();
    writer.close();
    expect(writer.reports.filter(({ type }) => type === "rotated")).toEqual([
      { type: "rotated", current: rotated.keyring.current },
      { type: "rotated", current: rotated.keyring.current },
      { type: "rotated", current: null },
    ]);
    journal.keyring = rotated.keyring;
    const ids = listSegments(directory).map(({ head }) => head?.keyId);
    expect([ids[0] === rotated.keyring.current, new Set(ids).size, ids.at(-1)]).toEqual([
      false,
      2,
      rotated.keyring.current,
    ]);
    const said = (await search(journal, { payloads: true })).flatMap(
      ({ payload }) => payload?.toString() ?? [],
    );
    expect(said).toEqual(["after", "before"]);
    expect(await verifyJournal({ directory, keyring: rotated.keyring })).toMatchObject({ ok: true });
  });

  it("writes nothing with keys that lack the one in use", async () => {
    using journal = new TemporaryJournal();
    const keyring = await createKeyring(journal.directory, journal.master);
    journal.keyring = { ...keyring, current: "0".repeat(16) };
    const writer = await startWriter(journal);
    writer.intake.append(NOON, ready);
    expect(writer.committer.turn()).toBe("failed");
    expect(writer.reports).toEqual([{ type: "failing", detail: "the keyring lacks its current key" }]);
    expect(journal.names()).toEqual([]);
  });

  it("counts a message of a session that was never told as shed", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    writer.ring.push({ ...EMPTY, kind: entryKind.message, time: NOON, number: 77 });
    writer.close();
    expect(notes(await search(journal))).toMatchObject([{ what: "shed", records: 1, from: NOON, to: NOON }]);
  });

  it("begins a block for an event that is too far in time from those before it", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    writer.intake.session(sessionFacts()).message(messageFacts({ size: 1 }));
    const later = NOON + 40 * 86_400_000;
    writer.intake.append(later, ready);
    writer.close();
    const found = await search(journal);
    expect(found.map(({ record }) => record.time)).toEqual([later, NOON]);
    expect(new Set(found.map(({ frame }) => frame)).size).toBe(2);
  });

  it("keeps of a digest only what somebody with the key can make again", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const session = writer.intake.session(sessionFacts());
    const bytes = Buffer.from("a guess");
    session.message(messageFacts({ payload: { kind: "digest", bytes } }));
    session.message(messageFacts({ payload: { kind: "digest", bytes } }));
    session.message(messageFacts({ payload: { kind: "digest", bytes: Buffer.from("another") } }));
    writer.close();
    const [third, second, first] = (await search(journal, { payloads: true })).map(({ payload }) => payload);
    expect(first).toHaveLength(16);
    expect(second).toEqual(first);
    expect(third).not.toEqual(first);
  });

  it("cuts a payload that is longer than it keeps, and says so", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const session = writer.intake.session(sessionFacts());
    session.message(messageFacts({}, "x".repeat(70_000)));
    writer.close();
    const [found] = await search(journal, { payloads: true });
    expect(found?.payload).toHaveLength(64 * 1024);
    expect(found?.record).toMatchObject({ size: 70_000, truncated: true });
  });

  it("forgets names when peers invent too many, and still records each", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal, { ringBytes: 4 * 1024 * 1024 });
    const session = writer.intake.session(sessionFacts());
    for (let number = 0; number < 9000; number++) {
      session.message(messageFacts({ name: `n${number}` }));
      if (number % 500 === 0) writer.commit();
    }
    writer.close();
    const names = (await search(journal)).map(({ record }) => (record.type === "message" ? record.name : ""));
    expect(names.toReversed()).toEqual(Array.from({ length: 9000 }, (_, number) => `n${number}`));
    expect(await search(journal, { fields: { name: "n4321" } })).toHaveLength(1);
  });

  it("records under new facts what a session says after it follows another policy", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const session = writer.intake.session(sessionFacts());
    session.message(messageFacts());
    session.follow(sessionFacts({ policy: "p2" }));
    session.message(messageFacts());
    session.end();
    writer.close();
    const records = (await search(journal)).map(({ record }) => record);
    expect(records).toMatchObject([
      { policy: "p2", sequence: 2 },
      { policy: "p1", sequence: 1 },
    ]);
  });
});
