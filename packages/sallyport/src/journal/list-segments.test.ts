import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { messageFacts, sessionFacts, startWriter, TemporaryJournal } from "../../test/journal-fixture.ts";
import { listSegments, listTombstones, openName, readSegment } from "./list-segments.ts";

async function writeSegments(journal: TemporaryJournal, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    const writer = await startWriter(journal);
    writer.intake.session(sessionFacts()).message(messageFacts());
    writer.close();
  }
}

describe("listSegments", () => {
  it("lists segments by their number, those that are here twice by their name, and those without a head last", async () => {
    using journal = new TemporaryJournal();
    await writeSegments(journal, 2);
    const [first] = listSegments(journal.directory);
    if (first === undefined) throw new Error("it was written");
    for (const name of ["0", "f"])
      writeFileSync(join(journal.directory, `${name.repeat(64)}.segment`), readFileSync(first.path));
    for (const name of [openName(7), openName(8)]) writeFileSync(join(journal.directory, name), "hello");
    const listed = listSegments(journal.directory);
    expect(listed.map(({ head }) => head?.number ?? null)).toEqual([1, 1, 1, 2, null, null]);
    const names = listed.slice(0, 3).map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(listed.at(-1)?.name).toBe(openName(8));
  });

  it("leaves out what is gone before it is looked at, however often", async () => {
    using journal = new TemporaryJournal();
    await writeSegments(journal, 1);
    // A name without a file, each time.
    symlinkSync(join(journal.directory, "nowhere"), join(journal.directory, `${"0".repeat(64)}.segment`));
    expect(listSegments(journal.directory)).toHaveLength(1);
  });

  it("throws where a segment cannot be read", () => {
    using journal = new TemporaryJournal();
    const name = `${"0".repeat(64)}.segment`;
    symlinkSync(name, join(journal.directory, name));
    expect(() => listSegments(journal.directory)).toThrow("ELOOP");
  });
});

describe("listTombstones", () => {
  it("tells what they are named after", () => {
    using journal = new TemporaryJournal();
    writeFileSync(join(journal.directory, `${"a".repeat(64)}.tombstone`), "");
    writeFileSync(join(journal.directory, `${"a".repeat(64)}.tombstone.new`), "");
    expect(listTombstones(journal.directory)).toEqual(["a".repeat(64)]);
  });
});

describe("readSegment", () => {
  it("reads into the room that it is given, if there is enough", async () => {
    using journal = new TemporaryJournal();
    await writeSegments(journal, 1);
    const [segment] = listSegments(journal.directory);
    if (segment === undefined) throw new Error("it was written");
    const whole = readFileSync(segment.path);
    const room = Buffer.alloc(whole.length + 10, 1);
    const { file } = await readSegment(journal.directory, segment, room);
    expect(file.equals(whole)).toBe(true);
    expect(file.buffer).toBe(room.buffer);
    const other = await readSegment(journal.directory, segment, Buffer.alloc(10));
    expect(other.file.equals(whole)).toBe(true);
  });

  it("throws where a segment cannot be read", async () => {
    using journal = new TemporaryJournal();
    await writeSegments(journal, 1);
    const [segment] = listSegments(journal.directory);
    if (segment === undefined) throw new Error("it was written");
    const path = join(journal.directory, "loop");
    symlinkSync("loop", path);
    await expect(readSegment(journal.directory, { ...segment, path })).rejects.toThrow("ELOOP");
  });
});
