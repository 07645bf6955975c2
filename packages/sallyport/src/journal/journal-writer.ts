import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { CommitLimits } from "./committer.ts";
import type { CommitPace } from "./commit-loop.ts";
import type { JournalEvent, JournalNote, KeysChange, SessionFacts } from "./journal-record.ts";
import { type Appended, EMPTY, type JournalSession } from "./journal-session.ts";
import type { ThreadOrder, ThreadReport } from "./journal-thread.ts";
import { type Keyring } from "./journal-keys.ts";
import { createKeyring, readHandedKeyring, readKeyring } from "./keyring.ts";
import { KEYRING_FILE } from "./keyring-file.ts";
import { listSegments } from "./list-segments.ts";
import type { MasterKey } from "./master-key.ts";
import { PAYLOAD_KEYS } from "./payload-keys.ts";
import { recordPending } from "./pending-readings.ts";
import { problemOf } from "./problem-of.ts";
import { createRingMemory, distance, entryKind, PAYLOAD_BYTES, RING_BYTES } from "./ring-layout.ts";
import { RecordIntake } from "./record-intake.ts";
import type { RelayReceiver } from "./relay-receiver.ts";
import type { RetainLimits } from "./retain-segments.ts";
import { RingProducer } from "./ring-producer.ts";
import type { SegmentHead } from "./segment-head.ts";
import { lockJournal } from "./writer-lock.ts";

/** Something that an operator must know. */
export interface JournalAlarm {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly detail: string;
}

/** How a journal is written. */
export interface JournalOptions {
  readonly directory: string;
  readonly master: MasterKey;
  /** Where payload keys are kept; default: `payload-keys` in the directory. */
  readonly payloadKeys?: string;
  /**
   * What happens when the disk is slower than what comes: `shed` counts what finds no room, and the next record says how much that
   * was; `block` takes nothing more, and its caller stops reading. Default `shed`.
   */
  readonly whenFull?: "shed" | "block";
  /** Room for what is not on the disk yet: a power of two, from 64 KiB to 64 MiB; default 8 MiB. */
  readonly ringBytes?: number;
  /** The most of one payload that is kept; default 1 MiB, and never more than a quarter of the ring. */
  readonly payloadBytes?: number;
  /** What is retained: older segments, or those that are too many, are deleted, and leave tombstones. Default: everything. */
  readonly retain?: RetainLimits;
  readonly limits?: Partial<CommitLimits>;
  readonly pace?: Partial<CommitPace>;
  readonly onAlarm?: (alarm: JournalAlarm) => void;
  /** Every checkpoint that is made, to be kept elsewhere. */
  readonly onCheckpoint?: (note: string) => void;
}

/** A journal that is written, or why it is not. */
export type JournalOpened =
  | { readonly ok: true; readonly journal: JournalWriter }
  | { readonly ok: false; readonly problem: string };

/** A segment is read as a whole to be checked: 32 MiB take 100 ms. */
const LIMITS: CommitLimits = { segmentBytes: 32 * 1024 * 1024, segmentMs: 3_600_000, checkpointMs: 10_000 };
/**
 * A quarter of a second is lost at most when the process is killed. Each commit costs about a millisecond, and 20 µs for each user whose
 * contents are in it: more of them would cost more than the records themselves.
 */
const PACE: CommitPace = { gatherMs: 250, retryMs: 1000, idleMs: 10_000 };

/**
 * Opens a journal for writing, and recovers what a writer before left. It makes the directory and the keys where there are none.
 * It refuses a master key that is not the journal's, a journal that another process writes, and one whose end was changed.
 */
export async function openJournal(options: JournalOptions): Promise<JournalOpened> {
  const { directory } = options;
  let lock: ReturnType<typeof lockJournal>;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    lock = lockJournal(directory);
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
  if (!lock.ok) return lock;
  try {
    const opened = await openLocked(options, lock.release);
    if (!opened.ok) lock.release();
    return opened;
  } catch (error) {
    lock.release();
    return { ok: false, problem: problemOf(error) };
  }
}

async function openLocked(options: JournalOptions, releaseLock: () => void): Promise<JournalOpened> {
  const { directory, master } = options;
  const read = await readKeyring(directory, master);
  if (read !== null && !read.ok) return read;
  if (read !== null) {
    const newer = beyond(directory, read.keyring);
    if (newer === null) {
      const opened = await JournalWriter.start(options, read.keyring, releaseLock);
      const detail = opened.ok ? recordPending(opened.journal, directory, read.keyring) : null;
      const message = "readings that were kept are not all recorded";
      if (detail !== null) options.onAlarm?.({ level: "warn", message, detail });
      return opened;
    }
    const problem = `${KEYRING_FILE} is older than the segment ${newer}: put the newest copy of it back`;
    return { ok: false, problem };
  }
  // Keys that are lost are not made again: nothing that is there could be read with them.
  if (listSegments(directory).length > 0)
    return { ok: false, problem: `${KEYRING_FILE} is missing beside the segments: put a copy of it back` };
  return JournalWriter.start(options, await createKeyring(directory, master), releaseLock);
}

/** A segment that was sealed with keys that are not there: an old copy of them was put back; `null` where there is none. */
function beyond(directory: string, { journal, keys }: Keyring): string | null {
  const isBeyond = (head: SegmentHead | null): boolean => head?.journal === journal && !keys.has(head.keyId);
  return listSegments(directory).find(({ head }) => isBeyond(head))?.name ?? null;
}

/** Keys that are in use, or why they are not. */
export type KeysTaken = { readonly ok: true } | { readonly ok: false; readonly problem: string };

const UNRECORDED = { ok: false, problem: "the journal could not record it" } as const;

interface Room {
  /** Bytes that are to go in. */
  readonly content: number;
  readonly done: () => void;
}

interface Waiter {
  readonly position: number;
  readonly done: (durable: boolean) => void;
}

/** Where a journal's records go in: into a ring that another thread empties. No call waits but those that say so. */
export class JournalWriter {
  readonly #options: JournalOptions;
  readonly #ring: RingProducer;
  readonly #worker: Worker;
  readonly #releaseLock: () => void;
  readonly #intake: RecordIntake;
  readonly #waiters: Waiter[] = [];
  #keyring: Keyring;
  readonly #erasing: ((keys: number) => void)[] = [];
  readonly #rotating: ((current: string | null) => void)[] = [];
  #takingKeys: Promise<unknown> = Promise.resolve();
  #rooms: Room[] = [];
  #ended = false;
  #complete = false;
  #onEnd: (() => void) | null = null;

  private constructor(options: JournalOptions, keyring: Keyring, releaseLock: () => void) {
    const memory = createRingMemory(options.ringBytes ?? RING_BYTES);
    this.#options = options;
    this.#keyring = keyring;
    this.#ring = new RingProducer(memory);
    this.#intake = new RecordIntake(this.#ring, {
      whenFull: options.whenFull ?? "shed",
      payloadBytes: options.payloadBytes ?? PAYLOAD_BYTES,
      onShed: () =>
        this.#alarm("error", "the journal sheds records", "they come faster than the disk takes them"),
    });
    this.#releaseLock = releaseLock;
    const order: ThreadOrder = {
      directory: options.directory,
      payloadKeys: options.payloadKeys ?? join(options.directory, PAYLOAD_KEYS),
      keyring,
      ring: memory,
      limits: { ...LIMITS, ...options.limits },
      retain: options.retain ?? null,
      pace: { ...PACE, ...options.pace },
    };
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    this.#worker = new Worker(new URL(`./journal-worker.${extension}`, import.meta.url), {
      workerData: order,
      name: "sallyport journal",
    });
  }

  /** Starts the thread; answers when it has recovered what was there. */
  static start(options: JournalOptions, keyring: Keyring, releaseLock: () => void): Promise<JournalOpened> {
    const { promise, resolve } = Promise.withResolvers<JournalOpened>();
    const journal = new JournalWriter(options, keyring, releaseLock);
    const worker = journal.#worker;
    worker.on("message", (report: ThreadReport) => {
      if (report.type === "ready") resolve({ ok: true, journal });
      if (report.type === "refused") resolve({ ok: false, problem: report.problem });
      journal.#report(report);
    });
    worker.on("error", (error: Error) =>
      journal.#alarm("error", "the journal's thread failed", error.message),
    );
    worker.on("exit", () => {
      resolve({ ok: false, problem: "the journal's thread ended" });
      journal.#exited();
    });
    return promise;
  }

  /** Records an event. @param time wall clock, milliseconds since 1970 */
  append(time: number, event: JournalEvent): Appended {
    return this.#intake.append(time, event);
  }

  /** Begins a session: its messages are recorded under these facts. It records no event of its own. */
  session(facts: SessionFacts): JournalSession {
    return this.#intake.session(facts);
  }

  /** Waits until everything that was taken is on the disk; `false` where it did not get there. */
  flush(): Promise<boolean> {
    const isDurable = this.#isDurable(this.#ring.head);
    if (isDurable || this.#ended) return Promise.resolve(isDurable);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiters.push({ position: this.#ring.hurry(), done: resolve });
    return promise;
  }

  /** An entrance for what another process has gathered with a `RelaySender`; one for each. */
  relay(): RelayReceiver {
    return this.#intake.relay((content) => this.room(content));
  }

  /** Waits until there is room for a record, where `full` was answered. @param content of the record, where that is known */
  room(content: number = this.#ring.maxContent / 2): Promise<void> {
    if (this.#ended || this.#ring.hasRoom(content)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#rooms.push({ content, done: resolve });
    this.#ring.hurry();
    return promise;
  }

  /** Records an event and waits until it is on the disk; `false` where it did not get there. */
  async record(time: number, event: JournalEvent): Promise<boolean> {
    for (;;) {
      const appended = this.append(time, event);
      if (appended === "shed") return false;
      const isDurable = await this.flush();
      if (appended === "taken" || !isDurable) return isDurable;
    }
  }

  /**
   * Goes on with keys that were changed in its directory while it wrote, as `rotateMasterKey`, `grantReader` or `revokeReader` handed them
   * over. When it answers, what comes is sealed with the newest of them. Where it refuses, it goes on with those before.
   */
  takeKeys(handover: Uint8Array, change: KeysChange): Promise<KeysTaken> {
    // One after the other: keys that were read before others are not to be taken behind them.
    const taken = this.#takingKeys.then(() => this.#takeKeys(handover, change));
    this.#takingKeys = taken.catch(() => {});
    return taken;
  }

  async #takeKeys(handover: Uint8Array, change: KeysChange): Promise<KeysTaken> {
    const read = await readHandedKeyring(this.#options.directory, { before: this.#keyring, handover });
    if (!read.ok) return read;
    const note: JournalNote = { type: "journal", what: "keys", ...change };
    if (read.keyring.current === this.#keyring.current) {
      return (await this.record(Date.now(), note)) ? { ok: true } : UNRECORDED;
    }
    await this.room();
    if (this.#ended) return UNRECORDED;
    // The thread waits on the ring, and looks for the keys when it comes to the entry that tells of them.
    this.#worker.postMessage(read.keyring, []);
    const entry = { ...EMPTY, kind: entryKind.rotate, text: JSON.stringify(note) };
    while (!this.#ring.push(entry)) if (!(await this.flush())) return UNRECORDED;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.#rotating.push(resolve);
    if (!(await this.flush())) resolve(null);
    if ((await promise) !== read.keyring.current) return UNRECORDED;
    this.#keyring = read.keyring;
    return { ok: true };
  }

  /** Destroys the payload keys of a user; how many there were, when they are gone. `null` where that did not happen. */
  async erase(user: string): Promise<number | null> {
    await this.room();
    if (this.#ended || !this.#ring.push({ ...EMPTY, kind: entryKind.erase, text: user })) return null;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.#erasing.push(resolve);
    const durable = await this.flush();
    if (!durable) resolve(null);
    return promise;
  }

  /** Writes what was taken, seals the segment, and ends; `false` where not everything got to the disk. */
  async close(time: number = Date.now()): Promise<boolean> {
    if (this.#ended) return this.#complete;
    this.append(time, { type: "journal", what: "stopped", detail: `process ${process.pid}` });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEnd = resolve;
    this.#ring.close();
    await promise;
    return this.#complete;
  }

  #report(report: ThreadReport): void {
    switch (report.type) {
      case "committed":
        this.#settle();
        break;
      case "failing":
        this.#alarm("error", "the journal's disk takes no records: they wait", report.detail);
        break;
      case "mended":
        this.#alarm("info", "the journal's disk takes records again", "");
        break;
      case "checkpoint":
        this.#options.onCheckpoint?.(report.note);
        break;
      case "unretired":
        this.#alarm("error", "the journal keeps a segment that is due to go", report.problem);
        break;
      case "leapt":
        this.#alarm(
          "warn",
          "the clock leapt ahead: the journal keeps what is due by age for an hour",
          `by ${Math.round(report.milliseconds / 60_000)} minutes: it was set, or the machine slept`,
        );
        break;
      case "erased":
        this.#erasing.shift()?.(report.keys);
        break;
      case "ready":
        if (report.recovered !== null)
          this.#alarm(report.alarming ? "error" : "info", "the journal was recovered", report.recovered);
        break;
      case "ended":
        this.#complete = report.complete && this.#intake.hasToldAll;
        break;
      case "rotated":
        this.#rotating.shift()?.(report.current);
        break;
      case "refused":
        break;
    }
  }

  /** Answers those who waited for what is on the disk now. */
  #settle(): void {
    while (this.#waiters[0] !== undefined && this.#isDurable(this.#waiters[0].position))
      this.#waiters.shift()?.done(true);
    if (this.#waiters.length > 0) this.#ring.hurry();
    if (this.#rooms.length === 0) return;
    const rooms = this.#rooms;
    this.#rooms = rooms.filter(({ content }) => !this.#ring.hasRoom(content));
    for (const room of rooms) if (!this.#rooms.includes(room)) room.done();
    if (this.#rooms.length > 0) this.#ring.hurry();
  }

  #isDurable(position: number): boolean {
    return distance(position, this.#ring.tail) < 0x80000000;
  }

  #exited(): void {
    this.#ended = true;
    this.#intake.end();
    this.#settle();
    for (const { done } of this.#waiters.splice(0)) done(false);
    for (const { done } of this.#rooms.splice(0)) done();
    this.#releaseLock();
    if (this.#onEnd === null) this.#alarm("error", "the journal ended: nothing more is recorded", "");
    this.#onEnd?.();
  }

  #alarm(level: JournalAlarm["level"], message: string, detail: string): void {
    this.#options.onAlarm?.({ level, message, detail });
  }
}
