import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type DiskOperation, FailingDisk } from "../../test/failing-disk.ts";
import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { listSegments, openName } from "./list-segments.ts";
import { type Frame, makeFrame, readFrame } from "./segment-frame.ts";
import { verifyJournal } from "./verify-journal.ts";

/** Writes a block of one message for each size, and leaves the segment open as a killed process does. */
async function writeAndDie(journal: TemporaryJournal, sizes: readonly number[]): Promise<void> {
  const writer = await startWriter(journal);
  const session = writer.intake.session(sessionFacts());
  for (const size of sizes) {
    session.message(messageFacts({ size }));
    writer.commit();
  }
}

async function sizesIn(journal: TemporaryJournal): Promise<number[]> {
  const found = await search(journal);
  return found.flatMap(({ record }) => (record.type === "message" ? [record.size] : [])).toReversed();
}

async function faultsOf(journal: TemporaryJournal): Promise<string[]> {
  const report = await verifyJournal({ directory: journal.directory, keyring: journal.keyring });
  return report.faults.map(({ what }) => what);
}

function pathOf(journal: TemporaryJournal, name: string): string {
  return join(journal.directory, name);
}

function frameAt(file: Buffer, offset: number): { readonly frame: Frame } {
  const read = readFrame(file, offset);
  if (!read.ok) throw new Error(read.problem);
  return read;
}

/** Where the frames of a file end. */
function endsIn(file: Buffer): number[] {
  const ends: number[] = [];
  for (let read = readFrame(file, 0); read.ok; read = readFrame(file, read.frame.end))
    ends.push(read.frame.end);
  return ends;
}

describe("recoverSegments", () => {
  it("has nothing to mend where there is nothing, and where a writer ended as it should", async () => {
    using journal = new TemporaryJournal();
    const first = await startWriter(journal);
    expect(first.recovered).toBeNull();
    first.close();
    expect((await startWriter(journal)).recovered).toBeNull();
  });

  it("seals what a killed writer left, and tells it", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1, 2]);
    const next = await startWriter(journal);
    expect(next.recovered).toMatchObject({ bytes: 0, lost: 0, detail: openName(1) });
    next.close();
    expect(await sizesIn(journal)).toEqual([1, 2]);
    expect(await faultsOf(journal)).toEqual([]);
  });

  it("keeps every whole frame wherever the tail was torn", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1, 2, 3]);
    const path = pathOf(journal, openName(1));
    const file = readFileSync(path);
    const ends = endsIn(file);
    for (let length = 0; length <= file.length; length += 41) {
      for (const { path: old } of listSegments(journal.directory)) rmSync(old);
      writeFileSync(path, file.subarray(0, length));
      const writer = await startWriter(journal);
      const whole = ends.filter((end) => end <= length);
      expect(writer.recovered?.bytes).toBe(length - (whole.at(-1) ?? 0));
      writer.close();
      expect(await sizesIn(journal)).toEqual([1, 2, 3].slice(0, Math.max(0, whole.length - 1)));
      rmSync(pathOf(journal, "checkpoint"), { force: true });
      expect(await faultsOf(journal)).toEqual([]);
    }
  });

  it("sets aside what is damaged and not torn, and goes on", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1, 2, 3]);
    const path = pathOf(journal, openName(1));
    const file = readFileSync(path);
    const [, first = 0] = endsIn(file);
    file[first + 30] = (file[first + 30] ?? 0) ^ 1;
    writeFileSync(path, file);
    const writer = await startWriter(journal);
    expect(writer.recovered).toMatchObject({
      bytes: file.length - first,
      detail: expect.stringContaining("set aside in 00000001.open.aside"),
    });
    expect(readFileSync(`${path}.aside`)).toEqual(file.subarray(first));
    writer.close();
    const { unknown } = await verifyJournal({ directory: journal.directory, keyring: journal.keyring });
    expect(unknown).toContainEqual(expect.stringContaining("what the records in 00000001.open.aside were"));
    expect(await sizesIn(journal)).toEqual([1]);
    expect(await faultsOf(journal)).toEqual([]);
  });

  it("sets aside a segment whose head is damaged", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1]);
    const path = pathOf(journal, openName(1));
    const file = readFileSync(path);
    file[25] = 0;
    writeFileSync(path, file);
    const writer = await startWriter(journal);
    expect(writer.recovered).toMatchObject({
      bytes: file.length,
      detail: expect.stringContaining("set aside"),
    });
    expect(readFileSync(`${path}.aside`)).toEqual(file);
    writer.close();
    expect(await faultsOf(journal)).toEqual([]);
  });

  it("knows by the checkpoint beside the segments how many frames are lost", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal, { limits: { checkpointMs: 0 } });
    const session = writer.intake.session(sessionFacts());
    session.message(messageFacts({ size: 1 }));
    writer.commit();
    session.message(messageFacts({ size: 2 }));
    writer.commit();
    const path = pathOf(journal, openName(1));
    truncateSync(path, (endsIn(readFileSync(path))[1] ?? 0) + 5);
    expect((await startWriter(journal)).recovered).toMatchObject({ bytes: 5, lost: 1 });
  });

  it("finishes the sealing of a segment that has its foot, and no name yet", async () => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    const writer = await startWriter(journal, failing);
    writer.intake.session(sessionFacts()).message(messageFacts({ size: 1 }));
    writer.commit();
    failing.failing.set("rename", "EIO");
    writer.ring.close();
    expect(writer.committer.turn()).toBe("failed");
    expect(journal.names()).toEqual([openName(1)]);
    (await startWriter(journal)).close();
    expect(journal.names().filter((name) => name.endsWith(".open"))).toEqual([]);
    expect(await sizesIn(journal)).toEqual([1]);
    expect(await faultsOf(journal)).toEqual([]);
  });

  it("loses nothing that was given back, at whichever operation of the disk the process ends", async () => {
    const operations: DiskOperation[] = [
      "write",
      "sync",
      "create",
      "rename",
      "syncDirectory",
      "replace",
      "truncate",
    ];
    const crash = fc.record({
      operation: fc.constantFrom(...operations),
      blocks: fc.nat(4),
      tornBytes: fc.nat(400),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(crash, { minLength: 1, maxLength: 4 }), async (crashes) => {
        using journal = new TemporaryJournal();
        const given: number[] = [];
        for (const { operation, blocks, tornBytes } of crashes) {
          const failing = new FailingDisk();
          const writer = await startWriter(journal, { disk: failing.disk, limits: { segmentBytes: 1500 } });
          const session = writer.intake.session(sessionFacts());
          const say = (size: number): void => {
            session.message(messageFacts({ size }));
            writer.committer.turn();
            if (writer.consumer.waiting === 0) given.push(size);
          };
          for (let block = 0; block < blocks; block++) say(given.length);
          failing.failing.set(operation, "EIO");
          failing.tornBytes = tornBytes;
          say(given.length);
        }
        const last = await startWriter(journal);
        last.intake.append(NOON, { type: "gate", level: "info", message: "the disk is well" });
        last.close();
        const sizes = await sizesIn(journal);
        expect(sizes.filter((size, at) => sizes.indexOf(size) === at)).toEqual(expect.arrayContaining(given));
        expect(await faultsOf(journal)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("does not continue behind a sealed segment that was changed, or that has no head", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1]);
    (await startWriter(journal)).close();
    const path = listSegments(journal.directory).at(-1)?.path ?? "";
    const file = readFileSync(path);
    const changed = Buffer.from(file);
    changed[300] = (changed[300] ?? 0) ^ 1;
    writeFileSync(path, changed);
    await expect(startWriter(journal)).rejects.toThrow("is not as it was sealed");
    writeFileSync(path, file.subarray(0, 50));
    await expect(startWriter(journal)).rejects.toThrow("is not as it was sealed");
    writeFileSync(path, file);
    expect((await startWriter(journal)).recovered).toBeNull();
  });

  it("does not continue an open segment that does not follow, of which there are two, or whose bytes were exchanged", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1]);
    await writeAndDie(journal, [2]);
    const sealed = journal.names().find((name) => name.endsWith(".segment")) ?? "";
    renameSync(pathOf(journal, sealed), pathOf(journal, "gone"));
    await expect(startWriter(journal)).rejects.toThrow("does not continue the segments that are here");
    renameSync(pathOf(journal, "gone"), pathOf(journal, sealed));
    copyFileSync(pathOf(journal, openName(2)), pathOf(journal, openName(3)));
    await expect(startWriter(journal)).rejects.toThrow("more than one open segment");
    rmSync(pathOf(journal, openName(3)));
    (await startWriter(journal)).close();
    expect(await sizesIn(journal)).toEqual([1, 2]);
  });

  it("does not continue an open segment with a block that somebody else sealed, or that is none", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1]);
    const path = pathOf(journal, openName(1));
    const file = readFileSync(path);
    const { frame } = frameAt(file, 0);
    for (const body of [
      Buffer.alloc(50),
      Buffer.concat([Buffer.of(0, 0, 0, 0, 30, 0, 0, 0), Buffer.alloc(30)]),
    ]) {
      const block = makeFrame({ kind: "block", index: 1 }, body, frame.chain).bytes;
      writeFileSync(path, Buffer.concat([file.subarray(0, frame.end), block]));
      await expect(startWriter(journal)).rejects.toThrow("00000001.open was changed");
    }
    writeFileSync(path, file);
    (await startWriter(journal)).close();
    expect(await sizesIn(journal)).toEqual([1]);
  });

  it("knows nothing of what is lost where the checkpoint beside the segments is not the journal's", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1]);
    (await startWriter(journal)).close();
    const path = pathOf(journal, "checkpoint");
    const note = readFileSync(path, "utf8");
    writeFileSync(path, note.replace(/\n\d+\n/, "\n900\n"));
    expect((await startWriter(journal)).recovered).toBeNull();
    rmSync(pathOf(journal, openName(2)), { force: true });
    writeFileSync(path, "hello");
    expect((await startWriter(journal)).recovered).toBeNull();
  });

  it("does not continue a journal with the keys of another one", async () => {
    using journal = new TemporaryJournal();
    await writeAndDie(journal, [1]);
    const { keyring } = journal;
    journal.keyring = null;
    await expect(startWriter(journal)).rejects.toThrow("do not open the segment");
    journal.keyring = keyring;
    (await startWriter(journal)).close();
    journal.keyring = null;
    await expect(startWriter(journal)).rejects.toThrow("of another journal");
    expect(existsSync(pathOf(journal, "keyring.json"))).toBe(true);
  });
});
