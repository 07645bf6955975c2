import { setTimeout as delay } from "node:timers/promises";
import type { Emit, SallyportEvent } from "../events.ts";
import type { JournalEvent, SessionFacts } from "../journal/journal-record.ts";
import type { Appended, JournalSession } from "../journal/journal-session.ts";
import type { RelayReceiver } from "../journal/relay-receiver.ts";
import { openJournal, type JournalAlarm } from "../journal/journal-writer.ts";
import { type MasterKey, readMasterKey } from "../journal/master-key.ts";
import type { JournalConfig } from "../policy/effective-config.ts";
import type { Policy, Route } from "../policy/policy.ts";
import { readKeyText } from "../policy/read-key-text.ts";
import { problemOf } from "../problem-of.ts";
import { CheckpointFile } from "./checkpoint-file.ts";
import { serveControl } from "./journal-control.ts";
import { SessionJournal } from "./session-journal.ts";
import { findUnseenWriter } from "./unseen-writer.ts";

/** What a gate's journal writes to: a journal of this process, or of another. */
export interface JournalTarget {
  append(time: number, event: JournalEvent): Appended;
  session(facts: SessionFacts): JournalSession;
  /** Waits until there is room, where `full` was answered. */
  room(): Promise<void>;
  /** `false` where not everything got to the disk. */
  close(): Promise<boolean>;
  /** An entrance for what another process of the gate has gathered; absent where this process does not write it. */
  relay?(): RelayReceiver;
}

/** What has become of records so far. */
export interface JournalCounts {
  /** Taken, on their way to the disk or there. */
  readonly taken: number;
  /** Counted, and not kept. */
  readonly shed: number;
  /** Those that wait for room now. */
  readonly waiting: number;
  /** Alarms by level. */
  readonly alarms: Readonly<Record<JournalAlarm["level"], number>>;
}

/** Events that wait at most, under `whenFull: block`: half a megabyte and more. Messages wait with their senders. */
const MAX_WAITING_EVENTS = 10_000;

/** So long the disk has, when the gate ends, to take what waits, milliseconds: one that is full never does. */
const CLOSE_WITHIN_MS = 5000;
/** Records that found no room for so long stand still, milliseconds: a disk that is slow takes some. */
const STANDSTILL_MS = 5000;
/** Where there is room, but not enough for what waits, it is offered again after this, milliseconds. */
const AGAIN_MS = 10;

/** Offers what waits once more. `done`: it is done, and is no record. */
type Offer = () => Appended | "done";

/**
 * The journal of a running gate. Never throws and never waits: what finds no room is counted by the journal, or, under
 * `whenFull: block`, waits here in order while the peers are not read that sent it.
 */
export class GateJournal {
  readonly #target: JournalTarget;
  readonly #alarms: Record<JournalAlarm["level"], number>;
  readonly #wallNow: () => number;
  readonly #waiting: Offer[] = [];
  /** Settles when nothing waits any more. */
  #room: Promise<void> | null = null;
  #waitingEvents = 0;
  /** Since when nothing that waits found room, by the steady clock. */
  #standsSince = 0;
  #taken = 0;
  #shed = 0;
  /** Events beyond those that may wait, since the last that did not have to. */
  #lost: { records: number; readonly from: number; to: number } | null = null;

  constructor(
    target: JournalTarget,
    alarms: Record<JournalAlarm["level"], number> = { info: 0, warn: 0, error: 0 },
    wallNow: () => number = Date.now,
  ) {
    this.#target = target;
    this.#alarms = alarms;
    this.#wallNow = wallNow;
  }

  /** What has become of records so far. */
  get counts(): JournalCounts {
    return {
      taken: this.#taken,
      shed: this.#shed,
      waiting: this.#waiting.length,
      alarms: this.#alarms,
    };
  }

  /** Records an event. */
  take(event: SallyportEvent): void {
    const time = this.#wallNow();
    if (this.#room === null && this.count(this.#target.append(time, event)) !== "full") return;
    if (this.#waitingEvents >= MAX_WAITING_EVENTS) return this.#lose(time);
    this.#waitingEvents += 1;
    void this.wait(() => {
      const appended = this.#target.append(time, event);
      if (appended !== "full") this.#waitingEvents -= 1;
      return appended;
    });
  }

  /** Begins to record the messages of a connection under a route. */
  session(facts: SessionFacts, route: Route): SessionJournal {
    return new SessionJournal(this.#target.session(facts), { journal: this, route, wallNow: this.#wallNow });
  }

  /** An entrance for what another process of the gate has gathered. */
  relay(): RelayReceiver {
    const relay = this.#target.relay?.();
    if (relay === undefined) throw new Error("this process does not write the journal");
    return relay;
  }

  /** Whether records wait, so that another must wait behind them; what settles when none do any more. */
  get room(): Promise<void> | null {
    return this.#room;
  }

  /**
   * Why no connection may begin: under `whenFull: block` records wait, and none has found room for five seconds. `null` where that is not so.
   *
   * @param now monotonic milliseconds
   */
  standstill(now: number): string | null {
    const ms = this.#room === null ? 0 : now - this.#standsSince;
    return ms < STANDSTILL_MS ? null : `the journal has taken no record for ${Math.floor(ms / 1000)} s`;
  }

  /** Counts what became of a record. */
  count(appended: ReturnType<Offer>): ReturnType<Offer> {
    if (appended === "taken") this.#taken += 1;
    else if (appended === "shed") this.#shed += 1;
    return appended;
  }

  /** Has a record wait for room, behind those that do already; what settles when none do any more. */
  wait(offer: Offer): Promise<void> {
    if (this.#room === null) this.#standsSince = performance.now();
    this.#waiting.push(offer);
    this.#room ??= this.#drain();
    return this.#room;
  }

  /**
   * Records everything that waits, and ends; `false` where not everything got to the disk. A disk that takes nothing does not keep
   * the gate from ending.
   */
  async close(): Promise<boolean> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_WITHIN_MS);
    await Promise.race([this.#room, late.promise]);
    clearTimeout(timer);
    const isLate = this.#room !== null;
    return (await this.#target.close()) && !isLate;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#target.room();
      let done = 0;
      for (const offer of this.#waiting) {
        if (this.count(offer()) === "full") break;
        done += 1;
      }
      this.#waiting.splice(0, done);
      if (done > 0) this.#standsSince = performance.now();
      this.#tellLost();
      // Everything else in this process has its turn.
      if (done === 0) await delay(AGAIN_MS);
    }
    this.#room = null;
  }

  #lose(time: number): void {
    this.#shed += 1;
    this.#lost ??= { records: 0, from: time, to: time };
    this.#lost.records += 1;
    this.#lost.to = time;
  }

  /** What could not even wait is told, as the journal tells what it sheds. */
  #tellLost(): void {
    if (this.#lost === null) return;
    const shed = { type: "journal", what: "shed", bytes: 0, ...this.#lost } as const;
    if (this.#target.append(this.#lost.to, shed) !== "full") this.#lost = null;
  }
}

/** A gate's journal, or why there is none. */
export type GateJournalOpened =
  | { readonly ok: true; readonly journal: GateJournal }
  | { readonly ok: false; readonly problem: string };

/**
 * Opens the journal of a gate that writes it itself, and the socket on which commands ask it. Alarms of it are events.
 *
 * @param master a key that keeps itself to itself, in place of what the configuration says
 */
export async function openGateJournal(
  config: JournalConfig,
  emit: Emit,
  master: MasterKey | null = null,
): Promise<GateJournalOpened> {
  const alarms = { info: 0, warn: 0, error: 0 };
  const onAlarm = (alarm: JournalAlarm): void => {
    alarms[alarm.level] += 1;
    emit(alarmEvent(alarm));
  };
  const opened = await openTarget(config, { onAlarm, master });
  if (!opened.ok) return { ok: false, problem: `the journal in ${config.directory}: ${opened.problem}` };
  return { ok: true, journal: new GateJournal(opened.target, alarms) };
}

/** Opens the journal that a policy asks for; `null`: it asks for none. @throws {TypeError} where it cannot be opened */
export async function journalOf(
  { journal }: Policy,
  emit: Emit,
  master: MasterKey | null = null,
): Promise<GateJournal | null> {
  if (journal === null) return null;
  const opened = await openGateJournal(journal, emit, master);
  if (opened.ok) return opened.journal;
  throw new TypeError(`sallyport: ${opened.problem}`);
}

type TargetOpened =
  | { readonly ok: true; readonly target: JournalTarget }
  | { readonly ok: false; readonly problem: string };

async function openTarget(
  { key, directory, payloadKeys, whenFull, retain, checkpoints }: JournalConfig,
  { onAlarm, master }: { readonly onAlarm: (alarm: JournalAlarm) => void; readonly master: MasterKey | null },
): Promise<TargetOpened> {
  const read = master === null ? await readKey(key) : ({ ok: true, key: master } as const);
  if (!read.ok) return read;
  const unseen = await findUnseenWriter(directory);
  if (unseen !== null) return { ok: false, problem: unseen };
  const file = checkpoints === null ? null : new CheckpointFile(checkpoints, onAlarm);
  const opened = await openJournal({
    directory,
    master: read.key,
    whenFull,
    retain,
    onAlarm,
    thread: { delay: (ms) => delay(ms) },
    ...(payloadKeys === null ? {} : { payloadKeys }),
    ...(file === null ? {} : { onCheckpoint: (note: string) => file.put(note) }),
  });
  if (!opened.ok) return opened;
  const { journal } = opened;
  // Without it all is recorded; only commands that read must wait until the gate ends.
  const control = await serveControl(journal, { directory }).catch((error: unknown) => {
    const detail = problemOf(error);
    onAlarm({ level: "warn", message: "the journal cannot be asked by commands", detail });
    return null;
  });
  const target: JournalTarget = {
    append: (time, event) => journal.append(time, event),
    session: (facts) => journal.session(facts),
    room: () => journal.room(),
    relay: () => journal.relay(),
    async close() {
      await control?.close();
      const complete = await journal.close();
      await file?.settled();
      return complete;
    },
  };
  return { ok: true, target };
}

async function readKey(key: JournalConfig["key"]): Promise<ReturnType<typeof readMasterKey>> {
  const text = await readKeyText(key);
  if (!text.ok) return text;
  const read = readMasterKey(text.text);
  return read.ok ? read : { ok: false, problem: `${text.from}: ${read.problem}` };
}

/** An alarm of the journal as what the gate tells. */
export function alarmEvent({ level, message, detail }: JournalAlarm): SallyportEvent {
  return { type: "gate", level, message, ...(detail === "" ? {} : { detail }) };
}
