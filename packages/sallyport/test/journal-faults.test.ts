import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hash } from "node:crypto";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { localDisk } from "../src/journal/journal-disk.ts";
import type { JournalRecord } from "../src/journal/journal-record.ts";
import { listSegments, type SegmentFile } from "../src/journal/list-segments.ts";
import { type Frame, readFrame } from "../src/journal/segment-frame.ts";
import { verifyJournal, type VerifyOptions, type VerifyReport } from "../src/journal/verify-journal.ts";
import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "./journal-fixture.ts";

function framesOf(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let read = readFrame(file, 0); read.ok; read = readFrame(file, read.frame.end))
    frames.push(read.frame);
  return frames;
}

const journal = new TemporaryJournal();
const scratch = new TemporaryJournal();
/** A journal of two sealed segments and an open one, each with one block: every change is made to a copy of it. */
const directory = join(scratch.directory, "changed");
let segments: readonly SegmentFile[];
let files: readonly Buffer[];
/** The whole directory as it was when its first segment was sealed. */
const older = join(scratch.directory, "older");

async function writeSegment(round: number): Promise<() => void> {
  const writer = await startWriter(journal, { now: () => NOON + round });
  writer.intake.session(sessionFacts()).message(messageFacts({ time: NOON + round, size: round }));
  writer.commit();
  return () => writer.close();
}

beforeAll(async () => {
  (await writeSegment(1))();
  cpSync(journal.directory, older, { recursive: true });
  (await writeSegment(2))();
  const checkpoint = readFileSync(join(journal.directory, "checkpoint"));
  await writeSegment(3);
  segments = listSegments(journal.directory);
  files = segments.map(({ path }) => readFileSync(path));
  cpSync(journal.directory, directory, { recursive: true });
  // One that covers nothing of the open segment, as of ten seconds ago.
  writeFileSync(join(directory, "checkpoint"), checkpoint);
});

afterAll(() => {
  journal[Symbol.dispose]();
  scratch[Symbol.dispose]();
});

function verify(options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  const verifier = journal.keyring?.verifier ?? "";
  return verifyJournal({ directory, verifier, ...options });
}

/** Verifies with one segment of other bytes. @param rename it to the name that these bytes have */
async function verifyChanged(at: number, bytes: Buffer, rename: boolean): Promise<VerifyReport> {
  const { name } = segments[at] ?? { name: "" };
  const path = join(directory, name);
  const changed = rename ? join(directory, `${hash("sha256", bytes)}.segment`) : path;
  if (rename) rmSync(path);
  writeFileSync(changed, bytes);
  try {
    return await verify();
  } finally {
    rmSync(changed);
    writeFileSync(path, files[at] ?? "");
  }
}

/** The frames that a report calls sound. */
function soundFrames({ sound }: VerifyReport): Set<number> {
  const frames = new Set<number>();
  for (const line of sound) {
    const [from = 0, to = -1] = (line.match(/\d+/g) ?? []).map(Number);
    for (let frame = from; frame <= to; frame++) frames.add(frame);
  }
  return frames;
}

/** What is wrong with a report about a byte that was changed in a segment; `null`: nothing. */
function missed(report: VerifyReport, at: number, byte: number): string | null {
  const frames = framesOf(files[at] ?? Buffer.alloc(0));
  const frame = frames.find(({ end }) => byte < end);
  if (frame === undefined) return "no frame";
  if (report.ok) return "not detected";
  const place = report.faults.find(({ offset }) => offset !== null);
  if (place?.offset !== frame.offset) return `said to be at ${place?.offset}, and is at ${frame.offset}`;
  const sound = soundFrames(report);
  for (let before = 0; before < frame.index; before++)
    if (!sound.has(before)) return `frame ${before} is before it`;
  return sound.has(frame.index) ? "its frame is called sound" : null;
}

describe("a sealed segment, under the name that its bytes have", () => {
  it("is not the same with any byte flipped: the report says where, and what is sound before it", async () => {
    const problems: string[] = [];
    const [, file = Buffer.alloc(0)] = files;
    for (let byte = 0; byte < file.length; byte++) {
      const changed = Buffer.from(file);
      changed[byte] = (changed[byte] ?? 0) ^ (1 << (byte % 8));
      const problem = missed(await verifyChanged(1, changed, true), 1, byte);
      if (problem !== null) problems.push(`${byte}: ${problem}`);
    }
    expect(problems).toEqual([]);
    expect(file.length).toBeGreaterThan(800);
  });

  it("is not the same at any other length", async () => {
    const undetected: number[] = [];
    const [, file = Buffer.alloc(0)] = files;
    for (let length = 0; length < file.length; length++) {
      const report = await verifyChanged(1, file.subarray(0, length), true);
      if (report.ok || !soundFrames(report).has(2)) undetected.push(length);
    }
    expect(undetected).toEqual([]);
    const longer = await verifyChanged(1, Buffer.concat([file, Buffer.alloc(1)]), true);
    expect(longer.ok).toBe(false);
  });

  it("keeps what is behind the change, as far as frames can be found there", async () => {
    const [, file = Buffer.alloc(0)] = files;
    const [, block] = framesOf(file);
    const changed = Buffer.from(file);
    const byte = (block?.offset ?? 0) + 40;
    changed[byte] = (changed[byte] ?? 0) ^ 1;
    const report = await verifyChanged(1, changed, false);
    expect(report.sound).toEqual([
      "frames 0 to 3 continue each other",
      "frames 5 to 5 continue each other",
      "frames 6 to 7 continue each other",
    ]);
  });
});

describe("the open segment", () => {
  it("is not the same with any byte flipped", async () => {
    const problems: string[] = [];
    const [, , file = Buffer.alloc(0)] = files;
    for (let byte = 0; byte < file.length; byte++) {
      const changed = Buffer.from(file);
      changed[byte] = (changed[byte] ?? 0) ^ (1 << (byte % 8));
      const problem = missed(await verifyChanged(2, changed, false), 2, byte);
      if (problem !== null) problems.push(`${byte}: ${problem}`);
    }
    expect(problems).toEqual([]);
  });

  it("may be cut anywhere: that is a write that was not finished, and is told, and a checkpoint knows better", async () => {
    const [, , file = Buffer.alloc(0)] = files;
    const ends = new Set([0, ...framesOf(file).map(({ end }) => end)]);
    for (let length = 0; length < file.length; length += 5) {
      const report = await verifyChanged(2, file.subarray(0, length), false);
      expect(report.faults).toEqual([]);
      expect(report.unknown.some((line) => /not finished|not whole/.test(line))).toBe(
        !ends.has(length) || length === 0,
      );
    }
  });
});

describe("an older state that was put back", () => {
  it("is detected by a checkpoint that was kept elsewhere, and by nothing else: verify says so", async () => {
    const checkpoint = readFileSync(join(journal.directory, "checkpoint"), "utf8");
    const alone = await verify({ directory: older });
    expect(alone).toMatchObject({ ok: true, segments: 1 });
    expect(alone.unknown).toEqual([
      expect.stringContaining("an older state put back together with its checkpoint"),
    ]);
    const given = await verify({ directory: older, checkpoint });
    expect(given.faults).toEqual([
      expect.objectContaining({
        what: expect.stringContaining("the end was cut off, or an older state put back"),
      }),
    ]);
  });

  it("is continued by a writer as another history, which the checkpoint does not fit either", async () => {
    const checkpoint = readFileSync(join(journal.directory, "checkpoint"), "utf8");
    const fork = new TemporaryJournal();
    cpSync(older, fork.directory, { recursive: true });
    fork.keyring = journal.keyring;
    const writer = await startWriter(fork);
    const session = writer.intake.session(sessionFacts({ session: "another" }));
    for (let size = 0; size < 9; size++) {
      session.message(messageFacts({ size }));
      writer.commit();
    }
    writer.close();
    const report = await verify({ directory: fork.directory, checkpoint });
    fork[Symbol.dispose]();
    expect(report.faults.map(({ what }) => what)).toEqual([
      "it is not the journal of the checkpoint given, which covers 8 frames",
    ]);
  });
});

describe("a directory with other things in it", () => {
  it("is verified by what is named as segments are", async () => {
    mkdirSync(join(directory, "below"));
    writeFileSync(join(directory, "notes.segment"), "hello");
    writeFileSync(join(directory, `${"0".repeat(64)}.segment.bak`), "hello");
    expect(await verify()).toMatchObject({ ok: true, segments: 3 });
    expect(readdirSync(directory)).toContain("notes.segment");
  });
});

function sizesOf(records: readonly JournalRecord[]): number[] {
  return records.flatMap((record) => (record.type === "message" ? [record.size] : [])).toReversed();
}

describe("a disk that takes a second for every write", () => {
  it("loses nothing but what is counted, and every record is in its order", async () => {
    using slow = new TemporaryJournal();
    let now = NOON;
    let said = 0;
    let shed = 0;
    let second: (() => void) | null = null;
    const disk = {
      ...localDisk,
      write(descriptor: number, bytes: Uint8Array, at: number) {
        // A second passes, in which a thousand messages come.
        now += 1000;
        second?.();
        localDisk.write(descriptor, bytes, at);
      },
    };
    const writer = await startWriter(slow, { disk, now: () => now, ringBytes: 64 * 1024 });
    const session = writer.intake.session(sessionFacts());
    const say = (): void => {
      for (let count = 0; count < 1000; count++, said++)
        if (session.message(messageFacts({ time: now, size: said })) === "shed") shed += 1;
    };
    say();
    second = (): void => {
      if (said < 12_000) say();
    };
    writer.commit();
    second = null;
    writer.intake.append(now, { type: "gate", level: "info", message: "the rest is told" });
    writer.close();
    const records = (await search(slow)).map(({ record }) => record);
    const told = records.flatMap((record) =>
      record.type === "journal" && record.what === "shed" ? [record.records] : [],
    );
    expect(said).toBe(12_000);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(shed);
    const sizes = sizesOf(records);
    expect(sizes).toHaveLength(said - shed);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(now - NOON).toBeGreaterThan(3000);
    expect(await verifyJournal({ directory: slow.directory, keyring: slow.keyring })).toMatchObject({
      ok: true,
    });
  });
});

describe("a clock that steps back by a day", () => {
  it("stops neither checkpoints nor seals, and the chain holds", async () => {
    using jumping = new TemporaryJournal();
    let now = NOON;
    const limits = { segmentMs: 60_000, checkpointMs: 5000 };
    const writer = await startWriter(jumping, { now: () => now, limits });
    const say = (): void => {
      writer.intake.session(sessionFacts()).message(messageFacts({ time: now }));
      writer.commit();
    };
    const checkpoints = (): number => writer.reports.filter(({ type }) => type === "checkpoint").length;
    say();
    expect(checkpoints()).toBe(1);
    now -= 86_400_000;
    say();
    expect(checkpoints()).toBe(2);
    expect(jumping.names().filter((name) => name.endsWith(".segment"))).toHaveLength(1);
    now += 5000;
    say();
    expect(checkpoints()).toBe(3);
    now += 60_000;
    writer.commit();
    expect(jumping.names().filter((name) => name.endsWith(".segment"))).toHaveLength(2);
    // A correction of a moment is no step.
    say();
    const before = checkpoints();
    now -= 500;
    say();
    expect(checkpoints()).toBe(before);
    writer.close();
    const report = await verifyJournal({ directory: jumping.directory, keyring: jumping.keyring });
    expect(report).toMatchObject({ ok: true, records: 6 });
    const found = (await search(jumping)).map(({ record }) => record);
    expect(found).toContainEqual(
      expect.objectContaining({ what: "clock", from: NOON, to: NOON - 86_400_000 }),
    );
  });
});
