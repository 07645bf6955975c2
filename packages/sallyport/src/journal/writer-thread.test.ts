import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { describe, expect, it, vi } from "vitest";

import { FailingDisk } from "../../test/failing-disk.ts";
import { messageFacts, search, sessionFacts, TemporaryJournal } from "../../test/journal-fixture.ts";
import type { MessageRecord } from "./journal-record.ts";
import { runJournalThread, type ThreadOrder } from "./journal-thread.ts";
import { type JournalAlarm, openJournal, type JournalOptions, type JournalWriter } from "./journal-writer.ts";
import { createKeyring, readKeyring, rotateMasterKey } from "./keyring.ts";
import { PAYLOAD_KEYS } from "./payload-keys.ts";
import { RecordIntake } from "./record-intake.ts";
import { RingConsumer } from "./ring-consumer.ts";
import { createRingMemory, entryKind } from "./ring-layout.ts";
import { RingProducer } from "./ring-producer.ts";
import { verifyJournal } from "./verify-journal.ts";

const pace = { gatherMs: 2, retryMs: 20, idleMs: 50 };
/** Where threads start slowly. */
const SLOW_MS = 60_000;

/** A writer whose threads can be killed, and kept from starting. */
class Killable {
  readonly alarms: JournalAlarm[] = [];
  /** Threads that were started. */
  readonly orders: ThreadOrder[] = [];
  /** What the next threads do in place of their work. */
  failing: string | null = null;
  worker: Worker | null = null;

  readonly startThread = (order: ThreadOrder): Worker => {
    this.orders.push(order);
    const file = new URL("./journal-worker.ts", import.meta.url);
    this.worker =
      this.failing === null
        ? new Worker(file, { workerData: order })
        : new Worker(this.failing, { eval: true });
    return this.worker;
  };

  async open(journal: TemporaryJournal, options: Partial<JournalOptions> = {}): Promise<JournalWriter> {
    const { directory, master } = journal;
    const onAlarm = (alarm: JournalAlarm): void => void this.alarms.push(alarm);
    const opened = await openJournal({
      directory,
      master,
      pace,
      onAlarm,
      thread: { start: this.startThread, delay },
      ...options,
    });
    if (!opened.ok) throw new Error(opened.problem);
    const read = await readKeyring(directory, master);
    journal.keyring = read?.ok === true ? read.keyring : null;
    return opened.journal;
  }

  /** How often a message was raised. */
  told(message: string): number {
    return this.alarms.filter((alarm) => alarm.message.includes(message)).length;
  }
}

async function messagesOf(journal: TemporaryJournal): Promise<(MessageRecord & { readonly said: string })[]> {
  const found = await search(journal, { payloads: true });
  return found
    .toReversed()
    .flatMap(({ record, payload }) =>
      record.type === "message" ? [{ ...record, said: payload?.toString() ?? "" }] : [],
    );
}

async function notesOf(journal: TemporaryJournal): Promise<Record<string, unknown>[]> {
  return (await search(journal)).flatMap(({ record }) => (record.type === "journal" ? [{ ...record }] : []));
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => `message ${at + 1}`);

describe("WriterThread", () => {
  it(
    "starts another thread where one dies, which writes what waits, once and in order, of sessions and names told before",
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      const writer = await killable.open(journal, { whenFull: "block", ringBytes: 64 * 1024 });
      const session = writer.session(sessionFacts());
      const other = writer.session(sessionFacts({ session: "s2", user: null }));
      let said = 0;
      const say = async (count: number): Promise<void> => {
        for (let left = count; left > 0;) {
          const facts = messageFacts({ name: left % 2 === 0 ? "say" : "ask" }, `message ${said + 1}`);
          if ((said % 3 === 0 ? other : session).message(facts) !== "taken") await writer.room();
          else [said, left] = [said + 1, left - 1];
        }
      };
      await say(10);
      expect(await writer.flush()).toBe(true);
      for (let kill = 0; kill < 4; kill++) {
        await say(500);
        if (kill === 2) session.follow(sessionFacts({ policy: "p2" }));
        const { worker } = killable;
        const over = worker?.terminate();
        await say(200);
        await over;
        await say(100);
        expect(await writer.flush()).toBe(true);
      }
      await say(10);
      expect(await writer.close()).toBe(true);
      const messages = await messagesOf(journal);
      expect(messages.map((message) => message.said)).toEqual(numbers(said));
      const mine = messages.filter((message) => message.session === "s1");
      expect(mine.map(({ sequence }) => sequence)).toEqual(mine.map((_, at) => at + 1));
      expect(new Set(messages.map(({ name }) => name))).toEqual(new Set(["say", "ask"]));
      expect([mine[0]?.policy, mine.at(-1)?.policy]).toEqual(["p1", "p2"]);
      expect(await verifyJournal({ directory: journal.directory, keyring: journal.keyring })).toMatchObject({
        ok: true,
        faults: [],
      });
      expect((await notesOf(journal)).filter(({ what }) => what === "shed")).toEqual([]);
      expect([killable.told("another one is started"), killable.told("is written again")]).toEqual([4, 4]);
    },
    SLOW_MS,
  );

  it(
    "takes nothing more under `block` while no thread can be started, and has everything when one can",
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      const writer = await killable.open(journal, { whenFull: "block", ringBytes: 64 * 1024 });
      const session = writer.session(sessionFacts());
      session.message(messageFacts({}, "message 1"));
      expect(await writer.flush()).toBe(true);
      killable.failing = "throw new Error('out of memory')";
      await killable.worker?.terminate();
      await vi.waitFor(() => expect(killable.orders.length).toBeGreaterThan(2), SLOW_MS);
      let said = 1;
      while (session.message(messageFacts({}, `message ${said + 1}`)) === "taken") said += 1;
      expect(said).toBeGreaterThan(100);
      expect(session.message(messageFacts({}, "not taken"))).toBe("full");
      const room = writer.room();
      killable.failing = null;
      await room;
      expect(session.message(messageFacts({}, `message ${said + 1}`))).toBe("taken");
      expect(await writer.close()).toBe(true);
      expect((await messagesOf(journal)).map((message) => message.said)).toEqual(numbers(said + 1));
      // The first death, and then that nothing helped: of the same again and again it is told once.
      expect(killable.alarms.map(({ detail }) => detail)).toEqual([
        expect.stringContaining("it ended with code"),
        "out of memory",
        "",
        expect.stringContaining("0 frames lost"),
      ]);
    },
    SLOW_MS,
  );

  it(
    "counts exactly what finds no room under `shed` while there is no thread",
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      const writer = await killable.open(journal, { whenFull: "shed", ringBytes: 64 * 1024 });
      const session = writer.session(sessionFacts());
      expect(await writer.flush()).toBe(true);
      killable.failing = "throw new Error('out of memory')";
      await killable.worker?.terminate();
      let [taken, shed] = [0, 0];
      for (let said = 0; said < 5000; said++) {
        if (session.message(messageFacts({}, `message ${said + 1}`)) === "taken") taken += 1;
        else shed += 1;
      }
      expect(shed).toBeGreaterThan(100);
      killable.failing = null;
      expect(await writer.flush()).toBe(true);
      expect(await writer.close()).toBe(true);
      expect(await messagesOf(journal)).toHaveLength(taken);
      const counts = (await notesOf(journal)).filter(({ what }) => what === "shed");
      expect(counts).toMatchObject([{ records: shed }]);
      expect(killable.told("sheds records")).toBe(1);
    },
    SLOW_MS,
  );

  it(
    "ends when it is closed though no thread can be started, and says that not everything got there",
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      const writer = await killable.open(journal);
      writer.session(sessionFacts()).message(messageFacts({}, "message 1"));
      killable.failing = "process.exit(3)";
      await killable.worker?.terminate();
      await vi.waitFor(() => expect(killable.orders.length).toBeGreaterThan(2), SLOW_MS);
      const flushed = writer.flush();
      expect(await writer.close()).toBe(false);
      expect(await flushed).toBe(false);
      expect(await writer.close()).toBe(false);
    },
    SLOW_MS,
  );

  it(
    "starts another thread to write what waits where one dies while it is closed",
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      const writer = await killable.open(journal);
      writer.session(sessionFacts()).message(messageFacts({}, "message 1"));
      const closed = writer.close();
      await killable.worker?.terminate();
      expect(await closed).toBe(true);
      expect(await messagesOf(journal)).toMatchObject([{ said: "message 1" }]);
    },
    SLOW_MS,
  );

  it(
    "erases and takes keys also where the thread dies that was to do it",
    async () => {
      using journal = new TemporaryJournal();
      const { directory, master } = journal;
      const killable = new Killable();
      const writer = await killable.open(journal);
      const session = writer.session(sessionFacts());
      session.message(messageFacts({}, "before"));
      expect(await writer.flush()).toBe(true);
      const rotated = await rotateMasterKey(directory, master, master);
      if (rotated?.ok !== true) throw new Error("not rotated");
      killable.failing = "throw new Error('out of memory')";
      await killable.worker?.terminate();
      const erased = writer.erase("alice");
      const change = { change: "rotated", reader: null, role: null, by: "root" } as const;
      const taken = writer.takeKeys(rotated.handover, change);
      await vi.waitFor(() => expect(killable.orders.at(-1)?.given).toHaveLength(1), SLOW_MS);
      killable.failing = null;
      expect(await erased).toBe(1);
      expect(await taken).toEqual({ ok: true });
      session.message(messageFacts({}, "after"));
      expect(await writer.close()).toBe(true);
      journal.keyring = rotated.keyring;
      expect((await messagesOf(journal)).map(({ said }) => said)).toEqual(["", "after"]);
      expect((await notesOf(journal)).map(({ what }) => what)).toContain("keys");
    },
    SLOW_MS,
  );

  it(
    "tries no third thread in a row where nobody waits for it, and says that nothing more is recorded",
    { timeout: SLOW_MS },
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      const thread = { start: killable.startThread };
      const writer = await killable.open(journal, { whenFull: "block", thread });
      killable.failing = "throw new Error('out of memory')";
      const flushed = writer.append(Date.now(), { type: "gate", level: "info", message: "a" }) === "taken";
      await killable.worker?.terminate();
      expect(await writer.flush()).toBe(false);
      expect([flushed, killable.orders.length, killable.told("nothing more is recorded")]).toEqual([
        true,
        2,
        1,
      ]);
      expect(writer.append(Date.now(), { type: "gate", level: "info", message: "b" })).toBe("shed");
      expect(await writer.close()).toBe(false);
    },
  );

  it(
    "says why nothing can be written from the start, and tries no other thread",
    async () => {
      using journal = new TemporaryJournal();
      const killable = new Killable();
      killable.failing = "throw new Error('out of memory')";
      await expect(killable.open(journal)).rejects.toThrow("out of memory");
      expect(killable.orders).toHaveLength(1);
    },
    SLOW_MS,
  );
});

const takeKeyring = (): null => null;

/** Has one thread die at an operation of its disk, and another one write the rest; what was said, and how often. */
async function afterDeath(dies: (disk: FailingDisk) => void): Promise<string[]> {
  using journal = new TemporaryJournal();
  const { directory, master } = journal;
  const keyring = await createKeyring(directory, master);
  journal.keyring = keyring;
  const order: ThreadOrder = {
    directory,
    payloadKeys: join(directory, PAYLOAD_KEYS),
    keyring,
    ring: createRingMemory(64 * 1024),
    limits: { segmentBytes: 1e6, segmentMs: 1e6, checkpointMs: 1e6 },
    retain: null,
    pace,
  };
  const ring = new RingProducer(order.ring);
  const intake = new RecordIntake(ring, { whenFull: "block", payloadBytes: 1024, onShed: () => {} });
  const session = intake.session(sessionFacts());
  const gone = intake.session(sessionFacts({ session: "gone" }));
  const failing = new FailingDisk();
  const first = (): void =>
    runJournalThread(
      order,
      {
        takeKeyring,
        report(report) {
          if (report.type === "failing") throw new Error("it dies");
          if (report.type !== "committed") return;
          gone.message(messageFacts({}, "gone"));
          session.message(messageFacts({ name: "say" }, "second"));
          gone.end();
          dies(failing);
        },
      },
      failing.disk,
    );
  session.message(messageFacts({}, "first"));
  expect(first).toThrow("it dies");
  session.message(messageFacts({ name: "say" }, "third"));
  ring.close();
  runJournalThread(
    { ...order, told: intake.told(ring.released()) },
    { takeKeyring, report: (report) => expect(report.type).not.toBe("refused") },
  );
  expect(await verifyJournal({ directory, keyring })).toMatchObject({ ok: true, faults: [] });
  expect((await notesOf(journal)).map(({ what }) => what)).not.toContain("shed");
  const messages = await messagesOf(journal);
  expect(messages.slice(-2).map(({ name }) => name)).toEqual(["say", "say"]);
  return messages.map(({ said }) => said);
}

/** A thread that dies in this one: where the disk fails it tells that, and whoever hears it throws. */
describe("a thread that takes the place of another", () => {
  const everything = ["first", "gone", "second", "third"];

  it("writes what the one before it had begun, and not got to the disk", async () => {
    const said = await afterDeath((disk) => {
      disk.tornBytes = 100;
      disk.failing.set("write", "EIO");
    });
    expect(said).toEqual(everything);
  });

  it("does not write again what the one before it wrote and did not give back, and knows whom it was of", async () => {
    const said = await afterDeath((disk) => {
      const { sync } = disk.disk;
      disk.disk.sync = (descriptor) => {
        sync(descriptor);
        throw new Error("EIO: after it is there");
      };
    });
    expect(said).toEqual(everything);
  });

  it("finds that also where the thread in between died before it gave it back", () => {
    const memory = createRingMemory(64 * 1024);
    const producer = new RingProducer(memory);
    const entry = { kind: entryKind.event, time: 0, number: 0, sequence: 0, size: 0, flags: 0, name: 0 };
    producer.push({ ...entry, payload: null, text: "one" });
    const first = new RingConsumer(memory);
    first.begin(
      first.read(() => true),
      7,
    );
    // Frame 7 is there; then a foot and a head are added, and that thread dies, too.
    const second = new RingConsumer(memory);
    second.find(8);
    const third = new RingConsumer(memory);
    third.find(10);
    const learnt: string[] = [];
    third.skip(({ text }) => learnt.push(text));
    expect([learnt, third.waiting]).toEqual([["one"], 0]);
    // Nothing more is to be found.
    third.find(11);
    third.skip(() => expect.unreachable());
    // Frame 7 is not there; what is added after that is not it.
    producer.push({ ...entry, payload: null, text: "two" });
    third.begin(
      third.read(() => true),
      7,
    );
    const fourth = new RingConsumer(memory);
    fourth.find(7);
    fourth.find(9);
    fourth.skip(() => expect.unreachable());
    expect(fourth.waiting).toBeGreaterThan(0);
  });
});
