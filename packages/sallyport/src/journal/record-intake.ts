import { Buffer } from "node:buffer";
import type { JournalEvent, SessionFacts } from "./journal-record.ts";
import { type Appended, EMPTY, JournalSession, type Lost, type SessionPort } from "./journal-session.ts";
import { entryKind } from "./ring-layout.ts";
import { type RelayPort, RelayReceiver } from "./relay-receiver.ts";
import type { RingEntry, RingProducer } from "./ring-producer.ts";
import { ToldLedger } from "./told-ledger.ts";

/** What happens at the entrance of a journal. */
export interface IntakeOptions {
  /** What happens to a record that finds no room. */
  readonly whenFull: "shed" | "block";
  /** The most of one payload that is kept. */
  readonly payloadBytes: number;
  /** Records begin to be shed. */
  readonly onShed: () => void;
}

/** What the consumer of a ring was told, and has to remember: facts of sessions as JSON, and names, by their numbers. */
export interface Told {
  readonly sessions: readonly (readonly [number, string])[];
  readonly names: readonly (readonly [number, string])[];
}

/** What found no room since the last record that did. */
interface Shed {
  records: number;
  bytes: number;
  readonly from: number;
  to: number;
}

/** Names that are known by a number. More than these are peers' inventions: all are forgotten then. */
const MAX_NAMES = 4096;

/**
 * Puts records into the ring, and counts those that find no room: before the next one that does, the count is recorded. A record
 * that would never find room counts too.
 */
export class RecordIntake {
  readonly #ring: RingProducer;
  readonly #options: IntakeOptions;
  readonly #names = new Map<string, number>();
  readonly #toldSessions = new ToldLedger();
  readonly #toldNames = new ToldLedger();
  /** Sessions that ended when there was no room to tell it. */
  readonly #lateEnds: number[] = [];
  #sessions = 0;
  #nameNumbers = 0;
  #shed: Shed | null = null;
  #ended = false;

  constructor(ring: RingProducer, options: IntakeOptions) {
    this.#ring = ring;
    this.#options = options;
  }

  /** Nothing is counted that was not recorded. */
  get hasToldAll(): boolean {
    return this.#shed === null;
  }

  /** Takes an event. @param time wall clock, milliseconds since 1970 */
  append(time: number, event: JournalEvent): Appended {
    const whole = Math.trunc(time);
    return this.#offer({ ...EMPTY, time: whole, text: JSON.stringify(event) }, { time: whole });
  }

  /** Begins a session. */
  session(facts: SessionFacts): JournalSession {
    this.#sessions += 1;
    return new JournalSession(facts, this.#sessions, this.#port);
  }

  /** An entrance for what another process gathers. @param room waits until so much content goes in */
  relay(room: RelayPort["room"]): RelayReceiver {
    return new RelayReceiver({
      ...this.#port,
      nextSession: () => ++this.#sessions,
      hasEnded: () => this.#ended,
      room,
    });
  }

  /** What a consumer was told that has released so much of the ring, for one that takes its place. */
  told(released: number): Told {
    return { sessions: this.#toldSessions.asOf(released), names: this.#toldNames.asOf(released) };
  }

  /** Nobody empties the ring any more: all that comes is shed. */
  end(): void {
    this.#ended = true;
  }

  readonly #port: SessionPort = {
    offer: (entry, lost) => this.#offer(entry, lost),
    push: (entry) => this.#push(entry),
    name: (name) => this.#name(name),
    end: (number) => this.#endSession(number),
    maxPayload: () => Math.min(this.#options.payloadBytes, this.#ring.maxContent - 4096),
  };

  /** @param entry `null`: there is no room for what it needs */
  #offer(entry: RingEntry | null, lost: Lost): Appended {
    if (entry !== null && !this.#ended && this.#tellShed() && this.#ring.push(entry)) return "taken";
    const isTooLong = entry !== null && contentOf(entry) > this.#ring.maxContent;
    if (this.#options.whenFull === "block" && !this.#ended && !isTooLong) return "full";
    const time = Math.trunc(lost.time);
    const bytes = lost.payload?.bytes.length ?? 0;
    if (this.#shed === null) {
      this.#shed = { records: 0, bytes: 0, from: time, to: time };
      this.#options.onShed();
    }
    this.#shed.records += 1;
    this.#shed.bytes += bytes;
    this.#shed.to = time;
    return "shed";
  }

  /** Before anything else is taken, what was not is told; not before a quarter of the ring is free, so that one count tells of many. */
  #tellShed(): boolean {
    while (this.#lateEnds[0] !== undefined && this.#pushEnd(this.#lateEnds[0])) this.#lateEnds.shift();
    if (this.#shed === null) return true;
    if (!this.#ring.hasRoom(this.#ring.maxContent)) return false;
    const event: JournalEvent = { type: "journal", what: "shed", ...this.#shed };
    const text = JSON.stringify(event);
    if (!this.#ring.push({ ...EMPTY, time: this.#shed.to, text })) return false;
    this.#shed = null;
    return true;
  }

  #endSession(number: number): void {
    if (this.#lateEnds.length > 0 || !this.#pushEnd(number)) this.#lateEnds.push(number);
  }

  #pushEnd(number: number): boolean {
    if (!this.#ring.push({ ...EMPTY, kind: entryKind.sessionEnd, number })) return false;
    this.#toldSessions.end(number, this.#ring.written, this.#ring.released());
    return true;
  }

  #push(entry: RingEntry): boolean {
    if (!this.#ring.push(entry)) return false;
    const { kind, number, text } = entry;
    if (kind === entryKind.session && text !== null)
      this.#toldSessions.tell(number, { text, end: this.#ring.written }, this.#ring.released());
    return true;
  }

  /** The number of a name; `null` where there is no room to tell it. */
  #name(name: string): number | null {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    const number = (this.#nameNumbers % (2 * MAX_NAMES)) + 1;
    if (!this.#ring.push({ ...EMPTY, kind: entryKind.name, number, text: name })) return null;
    this.#toldNames.tell(number, { text: name, end: this.#ring.written }, this.#ring.released());
    this.#nameNumbers += 1;
    this.#names.set(name, number);
    return number;
  }
}

function contentOf({ payload, text }: RingEntry): number {
  return (payload?.length ?? 0) + (text === null ? 0 : Buffer.byteLength(text));
}
