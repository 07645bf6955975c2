import { Buffer } from "node:buffer";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { claimPayloadKeys } from "./claim-payload-keys.ts";
import type { CommitLimits } from "./committer.ts";
import type { CommitPace } from "./commit-loop.ts";
import type { JournalEvent, JournalNote, KeysChange, SessionFacts } from "./journal-record.ts";
import { type Appended, EMPTY, type JournalSession } from "./journal-session.ts";
import type { ThreadOrder, ThreadReport } from "./journal-thread.ts";
import type { GivenKeyring } from "./given-keyrings.ts";
import { type Keyring } from "./journal-keys.ts";
import { createKeyring, readHandedKeyring, readKeyring } from "./keyring.ts";
import { KEYRING_FILE } from "./keyring-file.ts";
import { listSegments } from "./list-segments.ts";
import type { MasterKey } from "./master-key.ts";
import { PAYLOAD_KEYS } from "./payload-keys.ts";
import { recordPending } from "./pending-readings.ts";
import { problemOf } from "../problem-of.ts";
import { createRingMemory, entryKind, PAYLOAD_BYTES, RING_BYTES, type RingMemory } from "./ring-layout.ts";
import { RecordIntake } from "./record-intake.ts";
import type { RelayReceiver } from "./relay-receiver.ts";
import type { RetainLimits } from "./retain-segments.ts";
import { RingProducer } from "./ring-producer.ts";
import { RingWaiters } from "./ring-waiters.ts";
import type { SegmentHead } from "./segment-head.ts";
import { lockJournal } from "./writer-lock.ts";
import { WriterThread, type WriterThreadOptions } from "./writer-thread.ts";

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
  /** How the thread is started that writes, and how long is waited before another one is. */
  readonly thread?: Pick<WriterThreadOptions, "start" | "delay">;
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
 * It refuses a master key that is not the journal's, a journal that another process writes, payload keys of another journal, and a
 * journal whose end was changed.
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
      const opened = await startClaimed(options, read.keyring, releaseLock);
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
  return startClaimed(options, await createKeyring(directory, master), releaseLock);
}

function startClaimed(
  options: JournalOptions,
  keyring: Keyring,
  releaseLock: () => void,
): Promise<JournalOpened> {
  const problem = claimPayloadKeys(payloadKeysOf(options), keyring);
  if (problem !== null) return Promise.resolve({ ok: false, problem });
  return JournalWriter.start(options, keyring, releaseLock);
}

function payloadKeysOf({ directory, payloadKeys }: JournalOptions): string {
  return payloadKeys ?? join(directory, PAYLOAD_KEYS);
}

/** A segment that was sealed with keys that are not there: an old copy of them was put back; `null` where there is none. */
function beyond(directory: string, { journal, keys }: Keyring): string | null {
  const isBeyond = (head: SegmentHead | null): boolean => head?.journal === journal && !keys.has(head.keyId);
  return listSegments(directory).find(({ head }) => isBeyond(head))?.name ?? null;
}

/** Keys that are in use, or why they are not. */
export type KeysTaken = { readonly ok: true } | { readonly ok: false; readonly problem: string };

const LEAPT =
  "the clock was set ahead, or the machine slept: the journal keeps what is due by age for an hour";
const UNRECORDED = { ok: false, problem: "the journal could not record it" } as const;

/** Somebody whose payload keys are to be destroyed, by the entry that says so. */
interface Erasing {
  /** Where it ends, in bytes that were ever written. */
  readonly end: number;
  readonly done: (keys: number | null) => void;
}

/** Keys that are to be taken, by the entry that says so. */
interface Rotating extends GivenKeyring {
  readonly end: number;
  readonly done: (current: string | null) => void;
}

/** Where a journal's records go in: into a ring that another thread empties. No call waits but those that say so. */
export class JournalWriter {
  readonly #options: JournalOptions;
  readonly #ring: RingProducer;
  readonly #memory: RingMemory;
  readonly #thread: WriterThread;
  readonly #releaseLock: () => void;
  readonly #intake: RecordIntake;
  readonly #waiters: RingWaiters;
  #keyring: Keyring;
  #erasing: Erasing[] = [];
  #rotating: Rotating[] = [];
  #rotations = 0;
  #takingKeys: Promise<unknown> = Promise.resolve();
  #ended = false;
  #complete = false;
  #onEnd: (() => void) | null = null;

  private constructor(
    options: JournalOptions,
    keyring: Keyring,
    { releaseLock, onOpened }: { releaseLock: () => void; onOpened: (opened: JournalOpened) => void },
  ) {
    this.#memory = createRingMemory(options.ringBytes ?? RING_BYTES);
    this.#options = options;
    this.#keyring = keyring;
    this.#ring = new RingProducer(this.#memory);
    this.#waiters = new RingWaiters(this.#ring);
    this.#intake = new RecordIntake(this.#ring, {
      whenFull: options.whenFull ?? "shed",
      payloadBytes: options.payloadBytes ?? PAYLOAD_BYTES,
      onShed: () =>
        this.#alarm("error", "the journal sheds records", "they come faster than the disk takes them"),
    });
    this.#releaseLock = releaseLock;
    this.#thread = new WriterThread({
      ...options.thread,
      order: (again) => this.#order(again),
      onReport: (report) => {
        if (report.type === "ready") onOpened({ ok: true, journal: this });
        this.#report(report);
      },
      onAlarm: (level, message, detail) => this.#alarm(level, message, detail),
      onEnd: (problem) => {
        onOpened({ ok: false, problem });
        this.#exited();
      },
    });
  }

  /** Starts the thread; answers when it has recovered what was there. */
  static start(options: JournalOptions, keyring: Keyring, releaseLock: () => void): Promise<JournalOpened> {
    const { promise, resolve } = Promise.withResolvers<JournalOpened>();
    const journal = new JournalWriter(options, keyring, { releaseLock, onOpened: resolve });
    journal.#thread.start();
    return promise;
  }

  /** What a thread is given. One that takes the place of another goes on from where that one was. */
  #order(again: boolean): ThreadOrder {
    const { directory, limits, retain, pace } = this.#options;
    return {
      directory,
      payloadKeys: payloadKeysOf(this.#options),
      // The newest: what was written last may be sealed with them already.
      keyring: this.#rotating.at(-1)?.keyring ?? this.#keyring,
      ring: this.#memory,
      limits: { ...LIMITS, ...limits },
      retain: retain ?? null,
      pace: { ...PACE, ...pace },
      told: again ? this.#intake.told(this.#ring.released()) : null,
      given: this.#rotating.map(({ number, keyring }) => ({ number, keyring })),
    };
  }

  /** Whose journal it is, for those who check what it signed. */
  get verifier(): string {
    return this.#keyring.verifier;
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
    return this.#waiters.durable();
  }

  /** An entrance for what another process has gathered with a `RelaySender`; one for each. */
  relay(): RelayReceiver {
    return this.#intake.relay((content) => this.room(content));
  }

  /** Waits until there is room for a record, where `full` was answered. @param content of the record, where that is known */
  room(content: number = this.#ring.maxContent / 2): Promise<void> {
    return this.#waiters.room(content);
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
    const entry = {
      ...EMPTY,
      kind: entryKind.rotate,
      number: ++this.#rotations,
      text: JSON.stringify(note),
    };
    await this.room();
    while (!this.#ended && !this.#ring.hasRoom(Buffer.byteLength(entry.text))) await this.flush();
    if (this.#ended) return UNRECORDED;
    // The thread waits on the ring, and looks for the keys when it comes to the entry that tells of them.
    const given = { number: entry.number, keyring: read.keyring };
    this.#thread.give(given);
    this.#ring.push(entry);
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.#rotating.push({ ...given, end: this.#ring.written, done: resolve });
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
    this.#erasing.push({ end: this.#ring.written, done: resolve });
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
    this.#thread.close();
    await promise;
    return this.#complete;
  }

  #report(report: ThreadReport): void {
    switch (report.type) {
      case "committed":
        this.#waiters.settle();
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
        this.#alarm("warn", LEAPT, `by ${Math.round(report.milliseconds / 60_000)} minutes`);
        break;
      case "erased":
        this.#erasing.shift()?.done(report.keys);
        break;
      case "ready":
        if (report.recovered !== null)
          this.#alarm(report.alarming ? "error" : "info", "the journal was recovered", report.recovered);
        this.#continued(this.#ring.released(report.position));
        break;
      case "ended":
        this.#complete = report.complete && this.#intake.hasToldAll;
        break;
      case "rotated":
        this.#rotating.shift()?.done(report.current);
        break;
      case "refused":
        break;
    }
  }

  /** Another thread goes on from here: what the one before did, and did not get to tell, nobody will tell. */
  #continued(released: number): void {
    for (const { done } of this.#erasing.filter(({ end }) => end <= released)) done(null);
    this.#erasing = this.#erasing.filter(({ end }) => end > released);
    for (const { keyring, done } of this.#rotating.filter(({ end }) => end <= released))
      done(keyring.current);
    this.#rotating = this.#rotating.filter(({ end }) => end > released);
    this.#waiters.settle();
  }

  #exited(): void {
    this.#ended = true;
    this.#intake.end();
    this.#waiters.end();
    this.#releaseLock();
    if (this.#onEnd === null) this.#alarm("error", "the journal ended: nothing more is recorded", "");
    this.#onEnd?.();
  }

  #alarm(level: JournalAlarm["level"], message: string, detail: string): void {
    this.#options.onAlarm?.({ level, message, detail });
  }
}
