import { writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { FailingDisk } from "../../test/failing-disk.ts";
import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { commitLoop } from "./commit-loop.ts";
import { type JournalDisk, localDisk } from "./journal-disk.ts";
import { runJournalThread, type ThreadOrder, type ThreadReport } from "./journal-thread.ts";
import { createKeyring } from "./keyring.ts";
import { listTombstones, openName } from "./list-segments.ts";
import { createRingMemory } from "./ring-layout.ts";
import { RingProducer } from "./ring-producer.ts";
import { verifyJournal } from "./verify-journal.ts";

const pace = { gatherMs: 1, retryMs: 1, idleMs: 5 };
const ready = { type: "gate", level: "info", message: "ready" } as const;

describe("commitLoop", () => {
  it("writes what waits, and ends when the ring is closed", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    writer.intake.append(NOON, ready);
    writer.ring.close();
    expect(commitLoop(writer.committer, writer.consumer, pace)).toBe(true);
    expect(await search(journal)).toHaveLength(1);
  });

  it("sleeps while nothing comes, and gathers what wakes it with what follows", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const waits: string[] = [];
    Object.defineProperty(writer.consumer, "wait", {
      value: (how: string) => {
        waits.push(how);
        // Nothing comes; then something; then, while that is gathered, some more, and the end.
        if (waits.length === 2 || waits.length === 3) writer.intake.append(NOON, ready);
        if (waits.length === 3) writer.ring.close();
      },
    });
    expect(commitLoop(writer.committer, writer.consumer, pace)).toBe(true);
    expect(waits).toEqual(["asleep", "asleep", "gathers"]);
    expect(writer.reports.filter(({ type }) => type === "committed")).toHaveLength(1);
    expect(await search(journal)).toHaveLength(2);
  });

  it("waits for the disk, and goes on with it", async () => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    let failures = 0;
    const disk: JournalDisk = {
      ...localDisk,
      sync(descriptor) {
        if (++failures < 6) failing.disk.sync(descriptor);
        else localDisk.sync(descriptor);
      },
    };
    failing.failing.set("sync", "EIO");
    const writer = await startWriter(journal, { disk });
    writer.intake.append(NOON, ready);
    const closeLater = { ...pace, retryMs: 1 };
    // Closed as soon as the disk takes something.
    const { reports } = writer;
    Object.defineProperty(reports, "push", {
      value: (report: (typeof reports)[number]) => {
        if (report.type === "mended") writer.ring.close();
      },
    });
    expect(commitLoop(writer.committer, writer.consumer, closeLater)).toBe(true);
    expect((await search(journal)).map(({ record }) => record.type)).toEqual(["journal", "gate"]);
  });

  it("gives up a disk that still fails when it is to end", async () => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    const writer = await startWriter(journal, failing);
    writer.intake.append(NOON, ready);
    failing.failing.set("write", "ENOSPC");
    writer.ring.close();
    expect(commitLoop(writer.committer, writer.consumer, pace)).toBe(false);
    expect(await verifyJournal({ directory: journal.directory, keyring: journal.keyring })).toMatchObject({
      records: 0,
      unknown: [expect.stringContaining("its first frame is not whole"), expect.anything()],
    });
  });

  it("counts exactly what finds no room while each write takes long", async () => {
    using journal = new TemporaryJournal();
    let offered = 0;
    let offer: (() => void) | null = null;
    const disk: JournalDisk = {
      ...localDisk,
      // What comes while a slow disk writes.
      write(descriptor, bytes, at) {
        offer?.();
        localDisk.write(descriptor, bytes, at);
      },
    };
    const writer = await startWriter(journal, { disk, ringBytes: 64 * 1024 });
    const session = writer.intake.session(sessionFacts());
    let shed = 0;
    offer = (): void => {
      for (let count = 0; count < 1000 && offered < 5000; count++, offered++)
        if (session.message(messageFacts({ size: offered })) === "shed") shed += 1;
    };
    offer();
    writer.commit();
    writer.intake.append(NOON, ready);
    writer.close();
    const records = (await search(journal)).map(({ record }) => record);
    const told = records.flatMap((record) =>
      record.type === "journal" && record.what === "shed" ? [record.records] : [],
    );
    expect(shed).toBeGreaterThan(100);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(shed);
    expect(records.filter(({ type }) => type === "message")).toHaveLength(offered - shed);
  });
});

async function orderFor(journal: TemporaryJournal): Promise<ThreadOrder> {
  journal.keyring ??= await createKeyring(journal.directory, journal.master);
  return {
    directory: journal.directory,
    payloadKeys: `${journal.directory}/payload-keys`,
    keyring: journal.keyring,
    ring: createRingMemory(64 * 1024),
    limits: { segmentBytes: 1e6, segmentMs: 1e6, checkpointMs: 1e6 },
    retain: null,
    pace,
  };
}

describe("runJournalThread", () => {
  it("tells that it is ready, what it mended, and its end", async () => {
    using journal = new TemporaryJournal();
    const first = await startWriter(journal);
    first.intake.append(NOON, ready);
    first.commit();
    const order = await orderFor(journal);
    new RingProducer(order.ring).close();
    const reports: ThreadReport[] = [];
    runJournalThread(order, { report: (report) => reports.push(report), takeKeyring: () => null });
    expect(reports.at(0)).toMatchObject({
      type: "ready",
      recovered: "00000001.open: 0 bytes, 0 frames lost",
      alarming: false,
    });
    expect(reports.at(-1)).toEqual({ type: "ended", complete: true });
  });

  it("has nothing to tell of a journal that is new, and retires what it is told to", async () => {
    using journal = new TemporaryJournal();
    const first = await startWriter(journal);
    first.intake.append(NOON, ready);
    first.close();
    const order = { ...(await orderFor(journal)), retain: { ageMs: null, bytes: 0 } };
    const ring = new RingProducer(order.ring);
    const reports: ThreadReport[] = [];
    runJournalThread(order, {
      report: (report) => {
        reports.push(report);
        // What it records when it has begun.
        if (report.type === "committed" && listTombstones(journal.directory).length > 0) ring.close();
      },
      takeKeyring: () => null,
    });
    expect(reports.at(0)).toEqual({ type: "ready", recovered: null, alarming: false, position: 0 });
    expect(reports.at(-1)).toEqual({ type: "ended", complete: true });
    expect((await search(journal)).map(({ record }) => Reflect.get(record, "what"))).toEqual([
      "retired",
      "started",
    ]);
  });

  it("refuses a journal that it cannot continue", async () => {
    using journal = new TemporaryJournal();
    const order = await orderFor(journal);
    for (const name of [openName(1), openName(2)]) writeFileSync(`${journal.directory}/${name}`, "");
    const reports: ThreadReport[] = [];
    runJournalThread(order, { report: (report) => reports.push(report), takeKeyring: () => null });
    expect(reports).toEqual([
      { type: "refused", problem: expect.stringContaining("more than one open segment") },
    ]);
  });

  it.for(["create", "write"] as const)("refuses to begin on a disk where %s fails", async (operation) => {
    using journal = new TemporaryJournal();
    const failing = new FailingDisk();
    failing.failing.set(operation, "EROFS");
    const reports: ThreadReport[] = [];
    const port = { report: (report: ThreadReport) => reports.push(report), takeKeyring: () => null };
    runJournalThread(await orderFor(journal), port, failing.disk);
    expect(reports).toEqual([{ type: "refused", problem: `EROFS: ${operation}` }]);
  });
});
