import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  messageFacts,
  readerOf,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { openReader } from "./journal-reader.ts";
import { listSegments, type SegmentFile } from "./list-segments.ts";
import { type Frame, readFrame } from "./segment-frame.ts";

/** A sealed segment of three blocks of one message each. */
let journal: TemporaryJournal;
let segment: SegmentFile;
let file: Buffer;

beforeEach(async () => {
  journal = new TemporaryJournal();
  const writer = await startWriter(journal);
  const session = writer.intake.session(sessionFacts());
  for (const size of [1, 2, 3]) {
    session.message(messageFacts({ size }));
    writer.commit();
  }
  writer.close();
  const [found] = listSegments(journal.directory);
  if (found === undefined) throw new Error("it was written");
  segment = found;
  file = readFileSync(segment.path);
});

afterEach(() => {
  journal[Symbol.dispose]();
});

function frames(): Frame[] {
  const found: Frame[] = [];
  for (let read = readFrame(file, 0); read.ok; read = readFrame(file, read.frame.end)) found.push(read.frame);
  return found;
}

async function sizes(): Promise<number[]> {
  const found = await search(journal);
  return found.flatMap(({ record }) => (record.type === "message" ? [record.size] : [])).toReversed();
}

function change(act: (bytes: Buffer) => void): void {
  const bytes = Buffer.from(file);
  act(bytes);
  writeFileSync(segment.path, bytes);
}

describe("JournalReader", () => {
  it.for<[string, (bytes: Buffer) => void]>([
    ["index was exchanged", (bytes) => bytes.fill(1, bytes.length - 80, bytes.length - 60)],
    ["length is none", (bytes) => bytes.writeUInt32LE(0xffffffff, bytes.length - 36)],
    ["length is larger than the file", (bytes) => bytes.writeUInt32LE(bytes.length, bytes.length - 36)],
    ["length leads elsewhere", (bytes) => bytes.writeUInt32LE(77, bytes.length - 36)],
    [
      "length leads to a block",
      (bytes) => bytes.writeUInt32LE(bytes.length - 52 - (frames()[3]?.offset ?? 0), bytes.length - 36),
    ],
    ["body is none", (bytes) => bytes.writeUInt32LE(0xffff, (frames().at(-1)?.offset ?? 0) + 28)],
  ])("goes through a segment whose foot cannot be used: its %s", async ([, act]) => {
    change(act);
    expect(await sizes()).toEqual([1, 2, 3]);
  });

  it("shows no block that was changed, and all others", async () => {
    const [, , second] = frames();
    const at = (second?.offset ?? 0) + 50;
    change((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at));
    expect(await sizes()).toEqual([1, 3]);
    // A length that leads nowhere, under a CRC that is right or not.
    change((bytes) => bytes.writeUInt32LE(0xffff, (second?.offset ?? 0) + 24));
    expect(await sizes()).toEqual([1, 3]);
  });

  it("shows what is whole of a segment that was cut", async () => {
    const [, , , third] = frames();
    writeFileSync(segment.path, file.subarray(0, (third?.end ?? 0) - 1));
    expect(await sizes()).toEqual([1, 2]);
  });

  it("opens no segment without a head or a key, and throws where one cannot be read", async () => {
    const reader = readerOf(journal);
    expect(await reader.openSegment({ ...segment, head: null })).toBeNull();
    const { head } = segment;
    expect(
      await reader.openSegment({ ...segment, head: head && { ...head, keyId: "0".repeat(16) } }),
    ).toBeNull();
    renameSync(segment.path, join(journal.directory, "elsewhere"));
    expect(await reader.openSegment(segment)).toBeNull();
    const path = join(journal.directory, "loop");
    symlinkSync("loop", path);
    await expect(reader.openSegment({ ...segment, path })).rejects.toThrow("ELOOP");
  });
});

describe("openReader", () => {
  it("says why a journal cannot be read", async () => {
    const { directory, master } = journal;
    expect(await openReader(join(directory, "nowhere"), master)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("there is no journal in"),
    });
    expect(await openReader(segment.path, master)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("ENOTDIR"),
    });
  });
});
