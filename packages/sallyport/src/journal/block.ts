import { Buffer } from "node:buffer";
import { guardOf, type MessageExtra } from "./block-builder.ts";
import type { EventRecord, JournalRecord, MessageRecord, SessionFacts } from "./journal-record.ts";
import { readMessageFlags } from "./message-flags.ts";

interface BlockText {
  readonly time: number;
  readonly sessions: readonly SessionFacts[];
  readonly names: readonly string[];
  readonly events: readonly (readonly [number, EventRecord])[];
  readonly extras: readonly (readonly [number, MessageExtra])[];
}

/** Bytes of one message in all columns. */
const MESSAGE_BYTES = 4 + 4 + 4 + 2 + 2 + 1;

/** The records of one block. What it is made from was authenticated: only the writer's own bytes come here. */
export class Block {
  /** How many records it has. */
  readonly records: number;
  readonly sessions: readonly SessionFacts[];
  readonly #names: readonly string[];
  readonly #events: ReadonlyMap<number, EventRecord>;
  readonly #eventPositions: readonly number[];
  readonly #extras: ReadonlyMap<number, MessageExtra>;
  /** Of messages, by their order among messages. */
  readonly #times: Float64Array;
  readonly #sequences: Uint32Array;
  readonly #sizes: Uint32Array;
  readonly #sessionColumn: Uint16Array;
  readonly #nameColumn: Uint16Array;
  readonly #flags: Uint8Array;

  /** @param plain as a builder made it. @throws where it is not that */
  constructor(plain: Uint8Array) {
    // Columns need an address that is a multiple of four.
    const bytes = plain.byteOffset % 8 === 0 ? plain : Uint8Array.from(plain);
    const { buffer, byteOffset } = bytes;
    const view = new DataView(buffer, byteOffset, bytes.length);
    const textBytes = view.getUint32(0, true);
    const messages = view.getUint32(4, true);
    if (bytes.length !== 8 + textBytes + messages * MESSAGE_BYTES) throw new RangeError("not a block");
    const text: BlockText = JSON.parse(Buffer.from(buffer, byteOffset + 8, textBytes).toString());
    let at = byteOffset + 8 + textBytes;
    const column = (width: number): number => (at += messages * width) - messages * width;
    this.#times = timesOf(new Int32Array(buffer, column(4), messages), text.time);
    this.#sequences = new Uint32Array(buffer, column(4), messages);
    this.#sizes = new Uint32Array(buffer, column(4), messages);
    this.#sessionColumn = new Uint16Array(buffer, column(2), messages);
    this.#nameColumn = new Uint16Array(buffer, column(2), messages);
    this.#flags = new Uint8Array(buffer, column(1), messages);
    this.sessions = text.sessions;
    this.#names = text.names;
    this.#events = new Map(text.events);
    this.#eventPositions = text.events.map(([position]) => position);
    this.#extras = new Map(text.extras);
    this.records = messages + text.events.length;
    this.#restoreSequences();
  }

  /** Which records are of messages of these sessions, or any other events: the last first. */
  *positions(sessions: ReadonlySet<number>): Generator<number> {
    let message = this.#flags.length;
    for (let position = this.records - 1; position >= 0; position--) {
      if (this.#events.has(position)) yield position;
      else if (sessions.has(this.#sessionColumn[--message] ?? -1)) yield position;
    }
  }

  /** Whether a text may stand in the record itself: in an event, or in the name of a message of this block. */
  mayMention(position: number, text: string): boolean {
    return this.#events.has(position) || this.#names.some((name) => name.includes(text));
  }

  /** The record at a position; `null` where there is none. */
  record(position: number): JournalRecord | null {
    return this.#events.get(position) ?? this.#message(position);
  }

  /** All records, in their order. */
  *[Symbol.iterator](): Generator<JournalRecord> {
    for (let position = 0; position < this.records; position++) {
      const record = this.record(position);
      if (record !== null) yield record;
    }
  }

  #message(position: number): MessageRecord | null {
    const at = position - this.#eventsBefore(position);
    const session = this.sessions[this.#sessionColumn[at] ?? -1];
    const time = this.#times[at];
    if (session === undefined || time === undefined) return null;
    const extra = this.#extras.get(position);
    return {
      type: "message",
      time,
      ...session,
      sequence: this.#sequences[at] ?? 0,
      size: this.#sizes[at] ?? 0,
      ...readMessageFlags(this.#flags[at] ?? 0),
      name: this.#names[(this.#nameColumn[at] ?? 0) - 1] ?? null,
      guard: guardOf(extra?.code),
      code: extra?.code ?? null,
      incident: extra?.incident ?? null,
    };
  }

  #eventsBefore(position: number): number {
    let low = 0;
    let high = this.#eventPositions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#eventPositions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** They stand as differences to the message before of the same session. */
  #restoreSequences(): void {
    const last = new Map<number, number>();
    this.#sequences.forEach((step, at) => {
      const session = this.#sessionColumn[at] ?? 0;
      const sequence = (last.get(session) ?? 0) + step;
      last.set(session, sequence);
      this.#sequences[at] = sequence;
    });
  }
}

function timesOf(steps: Int32Array, base: number): Float64Array {
  const times = new Float64Array(steps.length);
  let time = base;
  steps.forEach((step, at) => {
    time += step;
    times[at] = time;
  });
  return times;
}
