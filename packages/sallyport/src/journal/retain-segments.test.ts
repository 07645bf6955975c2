import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { type DiskOperation, FailingDisk } from "../../test/failing-disk.ts";
import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
  type TestWriter,
} from "../../test/journal-fixture.ts";
import { localDisk } from "./journal-disk.ts";
import { listSegments } from "./list-segments.ts";
import { PAYLOAD_KEYS, PayloadKeys } from "./payload-keys.ts";
import { applyRetention } from "./retain-segments.ts";
import { makeFrame } from "./segment-frame.ts";
import { verifyJournal, type VerifyReport } from "./verify-journal.ts";
import { walkSegment } from "./walk-segment.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A segment for each of some days from noon on, the oldest first: each holds one message. Their hashes. */
async function writeDays(journal: TemporaryJournal, days: number): Promise<string[]> {
  for (let day = 0; day < days; day++) {
    const time = NOON + day * DAY;
    const writer = await startWriter(journal, { now: () => time });
    writer.intake.session(sessionFacts()).message(messageFacts({ time, size: day }, `said on day ${day}`));
    writer.close();
  }
  return listSegments(journal.directory).map(({ name }) => name.replace(".segment", ""));
}

/** Turns until nothing is left to do. */
function turns({ committer }: TestWriter): void {
  while (committer.turn() === "wrote");
}

function endingIn(journal: TemporaryJournal, end: string): string[] {
  return readdirSync(journal.directory)
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length));
}

function verify({ directory, keyring }: TemporaryJournal): Promise<VerifyReport> {
  return verifyJournal({ directory, keyring });
}

async function retiredNotes(journal: TemporaryJournal): Promise<unknown[]> {
  const found = (await search(journal)).map(({ record }) => record).toReversed();
  return found.filter((record) => record.type === "journal" && record.what === "retired");
}

async function saidIn(journal: TemporaryJournal): Promise<string[]> {
  return (await search(journal, { payloads: true })).flatMap(({ payload }) => payload?.toString() ?? []);
}

describe("applyRetention", () => {
  it("retires what is older than is retained, a segment in a turn, and leaves tombstones and records of it", async () => {
    using journal = new TemporaryJournal();
    const hashes = await writeDays(journal, 4);
    const now = NOON + 3 * DAY + HOUR;
    const writer = await startWriter(journal, { now: () => now, retain: { ageMs: 2 * DAY, bytes: null } });
    expect(writer.committer.turn()).toBe("wrote");
    expect(endingIn(journal, ".tombstone")).toEqual([hashes[0]]);
    turns(writer);
    expect(endingIn(journal, ".tombstone").toSorted()).toEqual(hashes.slice(0, 2).toSorted());
    writer.close();
    expect(await verify(journal)).toMatchObject({ ok: true, retired: 2, faults: [] });
    expect(await retiredNotes(journal)).toEqual(
      [0, 1].map((day) => ({
        type: "journal",
        what: "retired",
        time: now,
        segment: hashes[day],
        number: day + 1,
        records: 1,
        from: NOON + day * DAY,
        to: NOON + day * DAY,
        reason: "age",
        keys: day,
      })),
    );
    expect(await saidIn(journal)).toEqual(["said on day 3", "said on day 2"]);
  });

  it("retires the oldest while all together are larger than is retained, but never the newest", async () => {
    using journal = new TemporaryJournal();
    const hashes = await writeDays(journal, 4);
    const [, , third, fourth] = listSegments(journal.directory);
    const bytes = (third?.bytes ?? 0) + (fourth?.bytes ?? 0) + 1000;
    const writer = await startWriter(journal, { retain: { ageMs: null, bytes } });
    turns(writer);
    expect(endingIn(journal, ".segment").toSorted()).toEqual(hashes.slice(2).toSorted());
    writer.close();
    const last = await startWriter(journal, { retain: { ageMs: null, bytes: 0 } });
    turns(last);
    expect(endingIn(journal, ".segment")).toEqual([]);
    expect(endingIn(journal, ".open")).toHaveLength(1);
    expect(await verify(journal)).toMatchObject({ ok: true, segments: 1 });
    expect((await retiredNotes(journal)).at(-1)).toMatchObject({ reason: "size" });
  });

  it("retires nothing where nothing is due, or where only one segment is left", async () => {
    using journal = new TemporaryJournal();
    await writeDays(journal, 1);
    const retain = { ageMs: 2 * DAY, bytes: 1e9 };
    const writer = await startWriter(journal, { now: () => NOON + DAY, retain });
    turns(writer);
    writer.close();
    expect(endingIn(journal, ".tombstone")).toEqual([]);
  });

  it("goes by the last record of a segment, not by when it was begun", async () => {
    using journal = new TemporaryJournal();
    const first = await startWriter(journal, { now: () => NOON });
    first.intake.append(NOON + 3 * DAY, { type: "gate", level: "info", message: "later" });
    first.close();
    const retain = { ageMs: DAY, bytes: null };
    const early = await startWriter(journal, { now: () => NOON + 3 * DAY + HOUR, retain });
    turns(early);
    early.close();
    expect(endingIn(journal, ".tombstone")).toEqual([]);
    const late = await startWriter(journal, { now: () => NOON + 5 * DAY, retain });
    turns(late);
    expect(endingIn(journal, ".tombstone")).toHaveLength(2);
  });

  it("retires after a seal, and where nothing is said any more", async () => {
    using journal = new TemporaryJournal();
    let now = NOON;
    const limits = { segmentMs: HOUR };
    const writer = await startWriter(journal, {
      now: () => now,
      limits,
      retain: { ageMs: DAY, bytes: null },
    });
    const say = (): void => {
      writer.intake.append(now, { type: "gate", level: "info", message: "here" });
      turns(writer);
    };
    say();
    now += HOUR;
    turns(writer);
    expect(endingIn(journal, ".segment")).toHaveLength(1);
    // Nobody said anything: the newest segment grows old.
    now += 2 * DAY;
    turns(writer);
    expect(endingIn(journal, ".tombstone")).toHaveLength(1);
    expect(await verify(journal)).toMatchObject({ ok: true, retired: 1, segments: 1 });
    writer.close();
    expect(await verify(journal)).toMatchObject({ ok: true, retired: 1 });
  });

  it("retires nothing by age for an hour after the clock was set far ahead, and says so; then it does", async () => {
    using journal = new TemporaryJournal();
    const hashes = await writeDays(journal, 3);
    const begin = NOON + 2 * DAY + HOUR;
    let [now, steady] = [begin, 0];
    const pass = (milliseconds: number): void => {
      now += milliseconds;
      steady += milliseconds;
    };
    const writer = await startWriter(journal, {
      now: () => now,
      steady: () => steady,
      limits: { segmentMs: HOUR / 4 },
      retain: { ageMs: 10 * DAY, bytes: null },
    });
    turns(writer);
    now += 3650 * DAY;
    for (let minute = 0; minute < 60; minute++, pass(60_000)) turns(writer);
    expect(endingIn(journal, ".tombstone")).toEqual([]);
    expect(writer.reports.filter(({ type }) => type === "leapt")).toEqual([
      { type: "leapt", milliseconds: 3650 * DAY },
    ]);
    // Nobody set it back: that is the time.
    pass(HOUR / 4);
    turns(writer);
    expect(endingIn(journal, ".tombstone")).toEqual(expect.arrayContaining(hashes));
    writer.close();
    const notes = (await search(journal)).map(({ record }) => record);
    const leap = begin + 3650 * DAY;
    expect(notes).toContainEqual({ type: "journal", what: "clock", from: begin, to: leap, time: leap });
    expect(await verify(journal)).toMatchObject({ ok: true, faults: [] });
  });

  it("retires by size whatever the clock says, and destroys no keys by a clock that was set far ahead", async () => {
    using journal = new TemporaryJournal();
    await writeDays(journal, 3);
    let now = NOON + 2 * DAY + 2 * HOUR;
    const retain = { ageMs: 10 * DAY, bytes: 0 };
    const writer = await startWriter(journal, { now: () => now, steady: () => 0, retain });
    now += 3650 * DAY;
    turns(writer);
    writer.close();
    expect(await retiredNotes(journal)).toMatchObject([
      { reason: "size" },
      { reason: "size" },
      { reason: "size" },
    ]);
    expect(readdirSync(join(journal.directory, "payload-keys"))).toEqual([
      "2026-12-01.keys",
      "2026-12-02.keys",
    ]);
  });

  it("goes at the start by the newest segment that is older than an hour: a gate that was off retires an hour later, or at the next start", async () => {
    using journal = new TemporaryJournal();
    const [first = "", second = ""] = await writeDays(journal, 3);
    let [now, steady] = [NOON + 12 * DAY, 0];
    const retain = { ageMs: DAY + HOUR, bytes: null };
    const choice = { now: () => now, steady: () => steady, limits: { segmentMs: HOUR / 4 }, retain };
    const short = await startWriter(journal, choice);
    turns(short);
    short.close();
    // What the journal itself knows to be due.
    expect(endingIn(journal, ".tombstone")).toEqual([first]);
    now += HOUR + 60_000;
    const next = await startWriter(journal, choice);
    turns(next);
    expect(endingIn(journal, ".tombstone")).toContain(second);
    next.close();
  });

  it("destroys the payload keys of days of which nothing is left", async () => {
    using journal = new TemporaryJournal();
    await writeDays(journal, 5);
    const days = (): string[] => readdirSync(join(journal.directory, "payload-keys")).toSorted();
    expect(days()).toHaveLength(5);
    const retain = { ageMs: DAY, bytes: null };
    const writer = await startWriter(journal, { now: () => NOON + 4 * DAY + HOUR, retain });
    turns(writer);
    expect(days()).toEqual(["2026-12-03.keys", "2026-12-04.keys"]);
    writer.close();
    expect(await saidIn(journal)).toEqual(["said on day 4"]);
  });

  it("keeps a segment that is not as it was sealed, says so once, and records all the same", async () => {
    using journal = new TemporaryJournal();
    const [oldest = ""] = await writeDays(journal, 3);
    const path = join(journal.directory, `${oldest}.segment`);
    const file = readFileSync(path);
    file[file.length - 60] = (file[file.length - 60] ?? 0) ^ 1;
    writeFileSync(path, file);
    let now = NOON + 9 * DAY;
    const writer = await startWriter(journal, { now: () => now, retain: { ageMs: DAY, bytes: null } });
    for (let round = 0; round < 3; round++) {
      writer.intake.append(now, { type: "gate", level: "info", message: "here" });
      turns(writer);
      now += 2 * HOUR;
    }
    expect(existsSync(path)).toBe(true);
    expect(writer.reports.filter(({ type }) => type === "unretired")).toEqual([
      { type: "unretired", problem: expect.stringContaining(`${oldest}.segment is due to go`) },
    ]);
    expect(await search(journal, { since: NOON + 9 * DAY })).toHaveLength(3);
  });

  it("signs for no segment that it cannot open: of another journal or key, without a foot, or with one that was exchanged", async () => {
    using journal = new TemporaryJournal();
    const [oldest = ""] = await writeDays(journal, 2);
    const [segment] = listSegments(journal.directory);
    const { keyring } = journal;
    if (segment === undefined || segment.head === null || keyring === null) throw new Error("it was written");
    const file = readFileSync(segment.path);
    const { frames, state } = walkSegment(file, segment.head);
    const foot = frames.at(-1);
    if (foot === undefined) throw new Error("it has a foot");
    const before = walkSegment(file.subarray(0, foot.offset), segment.head).state;
    /** What becomes of the journal where the oldest segment has these bytes, and their name. */
    const retire = (bytes: Buffer, keys = keyring): unknown => {
      const name = `${hash("sha256", bytes)}.segment`;
      rmSync(segment.path);
      writeFileSync(join(journal.directory, name), bytes);
      const payloadKeys = new PayloadKeys(join(journal.directory, PAYLOAD_KEYS), keys);
      const limits = { ageMs: null, bytes: 0 };
      const options = { directory: journal.directory, keyring: keys, disk: localDisk, payloadKeys, limits };
      const retired = applyRetention(options, NOON);
      rmSync(join(journal.directory, name), { force: true });
      writeFileSync(segment.path, file);
      return retired;
    };
    const stays = { ok: false, problem: expect.stringContaining("is due to go, but not as it was sealed") };
    const remade = (body: Buffer): Buffer =>
      Buffer.concat([
        file.subarray(0, foot.offset),
        makeFrame({ kind: "foot", index: foot.index }, body, before.chain).bytes,
      ]);
    const exchanged = Buffer.from(foot.body);
    exchanged[exchanged.length - 10] = (exchanged[exchanged.length - 10] ?? 0) ^ 1;
    expect(state.tree.size).toBe(foot.index + 1);
    expect(retire(file.subarray(0, foot.offset))).toEqual(stays);
    expect(retire(file.subarray(0, foot.offset + 5))).toEqual(stays);
    expect(retire(remade(Buffer.from("no foot")))).toEqual(stays);
    expect(retire(remade(exchanged))).toEqual(stays);
    expect(retire(file, { ...keyring, journal: "0".repeat(32) })).toEqual(stays);
    expect(retire(file, { ...keyring, keys: new Map() })).toEqual(stays);
    expect(endingIn(journal, ".tombstone")).toEqual([]);
    expect(retire(remade(foot.body))).toMatchObject({ ok: true, tombstone: { hash: oldest } });
  });

  it("retires nothing while the oldest segment cannot be told", async () => {
    using journal = new TemporaryJournal();
    await writeDays(journal, 2);
    for (const { path } of listSegments(journal.directory)) writeFileSync(path, "hello");
    const { directory, keyring } = journal;
    if (keyring === null) throw new Error("it was written");
    const payloadKeys = new PayloadKeys(join(directory, PAYLOAD_KEYS), keyring);
    const limits = { ageMs: 0, bytes: 0 };
    expect(applyRetention({ directory, keyring, disk: localDisk, payloadKeys, limits }, NOON)).toBeNull();
  });

  it("destroys no payload keys while a segment is left that cannot be told", async () => {
    using journal = new TemporaryJournal();
    await writeDays(journal, 5);
    writeFileSync(join(journal.directory, `${"0".repeat(64)}.segment`), "hello");
    const { directory, keyring } = journal;
    if (keyring === null) throw new Error("it was written");
    const payloadKeys = new PayloadKeys(join(directory, PAYLOAD_KEYS), keyring);
    const options = { directory, keyring, disk: localDisk, payloadKeys, limits: { ageMs: DAY, bytes: null } };
    for (let segment = 0; segment < 3; segment++)
      expect(applyRetention(options, NOON + 9 * DAY)).toMatchObject({ ok: true, keys: 0 });
    expect(readdirSync(join(directory, PAYLOAD_KEYS))).toHaveLength(5);
  });

  it.for<DiskOperation>(["replace", "remove", "syncDirectory"])(
    "retires when it can again where %s failed, and records meanwhile",
    async (operation) => {
      using journal = new TemporaryJournal();
      await writeDays(journal, 3);
      const failing = new FailingDisk();
      let now = NOON + 9 * DAY;
      const writer = await startWriter(journal, {
        disk: failing.disk,
        now: () => now,
        limits: { checkpointMs: 1e12 },
        retain: { ageMs: DAY, bytes: null },
      });
      const say = (): void => {
        writer.intake.append(now, { type: "gate", level: "info", message: "here" });
        turns(writer);
      };
      writer.intake.append(now, { type: "gate", level: "info", message: "here" });
      // What begins a segment, and the first checkpoint, happen before.
      const { syncDirectory, replace } = failing.disk;
      let calls = 0;
      failing.disk.syncDirectory = (directory): void => {
        if (operation === "syncDirectory" && ++calls > 1) failing.failing.set(operation, "EIO");
        syncDirectory(directory);
      };
      failing.disk.replace = (file, content): void => {
        if (operation === "replace" && ++calls > 1) failing.failing.set(operation, "EIO");
        replace(file, content);
      };
      if (operation === "remove") failing.failing.set(operation, "EIO");
      turns(writer);
      expect(writer.reports).toContainEqual({ type: "unretired", problem: `EIO: ${operation}` });
      Object.assign(failing.disk, { syncDirectory, replace });
      failing.failing.clear();
      now += 2 * HOUR;
      say();
      writer.close();
      expect(endingIn(journal, ".tombstone")).toHaveLength(3);
      expect(await verify(journal)).toMatchObject({ ok: true, retired: 3 });
    },
  );
});

describe("finishRetiring", () => {
  it("deletes at the next start what has its tombstone, whatever is retained by then, and records it", async () => {
    using journal = new TemporaryJournal();
    const [oldest = ""] = await writeDays(journal, 3);
    const path = join(journal.directory, `${oldest}.segment`);
    const segment = readFileSync(path);
    const writer = await startWriter(journal, {
      now: () => NOON + 2 * DAY,
      retain: { ageMs: DAY + HOUR, bytes: null },
    });
    writer.committer.turn();
    // As if the process had ended before it was deleted.
    writeFileSync(path, segment);
    expect((await verify(journal)).faults).toEqual([
      expect.objectContaining({
        segment: `${oldest}.segment`,
        what: expect.stringContaining("it was retired, and is here"),
      }),
    ]);
    const next = await startWriter(journal);
    expect(existsSync(path)).toBe(false);
    next.close();
    expect(await retiredNotes(journal)).toMatchObject([{ segment: oldest, keys: 0 }]);
    expect(await verify(journal)).toMatchObject({ ok: true, retired: 1 });
  });

  it("deletes nothing for a tombstone that the journal did not sign, or that is of another segment", async () => {
    using journal = new TemporaryJournal();
    const [, second = "", third = ""] = await writeDays(journal, 3);
    using other = new TemporaryJournal();
    const [theirs = ""] = await writeDays(other, 2);
    turns(await startWriter(other, { retain: { ageMs: null, bytes: 0 } }));
    const note = readFileSync(join(other.directory, `${theirs}.tombstone`), "utf8");
    writeFileSync(join(journal.directory, `${second}.tombstone`), note);
    writeFileSync(join(journal.directory, `${third}.tombstone`), "hello");
    const writer = await startWriter(journal);
    writer.close();
    expect(endingIn(journal, ".segment")).toHaveLength(3);
  });
});

describe("lastTombstone", () => {
  it("continues the journal where only the open segment is left", async () => {
    using journal = new TemporaryJournal();
    await writeDays(journal, 3);
    const writer = await startWriter(journal, { retain: { ageMs: null, bytes: 0 } });
    turns(writer);
    // It ends here, without an end.
    expect(endingIn(journal, ".segment")).toEqual([]);
    const next = await startWriter(journal);
    expect(next.recovered).toMatchObject({ bytes: 0, lost: 0 });
    next.close();
    expect(await verify(journal)).toMatchObject({ ok: true, retired: 3, segments: 2 });
    expect(await retiredNotes(journal)).toHaveLength(3);
  });
});
