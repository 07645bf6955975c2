import type { MessageFacts, SessionFacts } from "./journal-record.ts";
import { messageFlags } from "./message-flags.ts";
import { entryKind } from "./ring-layout.ts";
import type { RingEntry } from "./ring-producer.ts";

/** What became of a record: it will be written; it was counted as shed; or it was not taken, and is to be offered again. */
export type Appended = "taken" | "shed" | "full";

/** What is lost where a record is shed. */
export type Lost = Pick<MessageFacts, "time" | "payload">;

/** What a session needs of its journal. */
export interface SessionPort {
  /** Takes a record. @param entry `null` where there was no room for what it needs */
  readonly offer: (entry: RingEntry | null, lost: Lost) => Appended;
  readonly push: (entry: RingEntry) => boolean;
  /** The number of a name; `null` where there is no room to tell it. */
  readonly name: (name: string) => number | null;
  readonly end: (number: number) => void;
  /** The most of a payload that is kept. */
  readonly maxPayload: () => number;
}

/** An entry that says nothing. */
export const EMPTY: RingEntry = {
  kind: entryKind.event,
  time: 0,
  number: 0,
  sequence: 0,
  size: 0,
  flags: 0,
  name: 0,
  payload: null,
  text: null,
};

/** The message that is offered, always the same object: a ring keeps none of what it is given. */
const message: { -readonly [Field in keyof RingEntry]: RingEntry[Field] } = {
  ...EMPTY,
  kind: entryKind.message,
};

/** The messages of one session. */
export class JournalSession {
  readonly #port: SessionPort;
  readonly #number: number;
  #facts: SessionFacts;
  #isAnnounced = false;
  /** Under whatever facts: its end is to be told. */
  #isKnown = false;
  #sequence = 0;

  constructor(facts: SessionFacts, number: number, port: SessionPort) {
    this.#facts = facts;
    this.#number = number;
    this.#port = port;
  }

  /** From now on its messages are recorded under other facts, such as another policy. */
  follow(facts: SessionFacts): void {
    this.#facts = facts;
    this.#isAnnounced = false;
  }

  /** Records a message. One that is answered with `full` was not counted: it is to be offered again. */
  message(facts: MessageFacts): Appended {
    this.#isAnnounced ||= this.#announce();
    const appended = this.#port.offer(this.#isAnnounced ? this.#entry(facts) : null, facts);
    if (appended !== "full") this.#sequence += 1;
    return appended;
  }

  /** Ends it: nothing more is recorded under its facts. */
  end(): void {
    if (this.#isKnown) this.#port.end(this.#number);
  }

  #entry(facts: MessageFacts): RingEntry | null {
    const { payload, name = null, code, incident } = facts;
    const called = name === null ? 0 : this.#port.name(name);
    if (called === null) return null;
    const isLong = payload !== undefined && payload.bytes.length > this.#port.maxPayload();
    message.time = Math.trunc(facts.time);
    message.number = this.#number;
    message.sequence = this.#sequence + 1;
    message.size = facts.size;
    message.flags = messageFlags(facts, payload?.kind ?? "none", isLong);
    message.name = called;
    message.payload = isLong ? payload.bytes.subarray(0, this.#port.maxPayload()) : (payload?.bytes ?? null);
    message.text = code === undefined && incident === undefined ? null : JSON.stringify({ code, incident });
    return message;
  }

  #announce(): boolean {
    const text = JSON.stringify(this.#facts);
    const isAnnounced = this.#port.push({ ...EMPTY, kind: entryKind.session, number: this.#number, text });
    this.#isKnown ||= isAnnounced;
    return isAnnounced;
  }
}
