import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  messageFacts,
  readerOf,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { listSegments, readSegment } from "./list-segments.ts";
import { verifyJournal } from "./verify-journal.ts";

describe("a journal that is read while it is written", () => {
  it("is found sound at every moment, whatever is sealed meanwhile", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal, { limits: { segmentBytes: 2500, checkpointMs: 0 } });
    const session = writer.intake.session(sessionFacts());
    for (let round = 0; round < 20; round++) {
      session.message(messageFacts({ size: round }, `${round} `.repeat(100)));
      writer.commit();
      // What is written between two segments that are read: everything.
      const report = await verifyJournal({
        directory: journal.directory,
        keyring: journal.keyring,
        onProgress: () => {
          session.message(messageFacts({ size: round }));
          writer.commit();
        },
      });
      expect(report.faults).toEqual([]);
    }
    expect(journal.names().length).toBeGreaterThan(3);
  });

  it("shows a segment that is sealed between its listing and its reading", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    writer.intake.session(sessionFacts()).message(messageFacts());
    writer.commit();
    const reader = readerOf(journal);
    const [listed] = reader.segments();
    if (listed === undefined) throw new Error("no segment");
    writer.close();
    const opened = await reader.openSegment(listed);
    expect(await opened?.blocks()).toHaveLength(1);
    await opened?.close();
    const read = await readSegment(journal.directory, listed);
    expect([read.segment.sealed, read.file.length]).toEqual([true, read.segment.bytes]);
    await expect(readSegment(journal.directory, { ...listed, head: null })).rejects.toThrow("ENOENT");
    const [sealed] = listSegments(journal.directory);
    if (sealed === undefined) throw new Error("no segment");
    renameSync(sealed.path, join(journal.directory, "gone"));
    expect(await reader.openSegment(sealed)).toBeNull();
    expect(await search(journal)).toEqual([]);
    expect(readFileSync(join(journal.directory, "gone")).length).toBe(sealed.bytes);
  });
});
