import { Buffer } from "node:buffer";
import {
  consumerState,
  distance,
  ENTRY_HEAD_BYTES,
  entryField,
  entryKind,
  type RingMemory,
  ringWord,
} from "./ring-layout.ts";

/** What an entry says; what is left out is zero or nothing. */
export interface RingEntry {
  readonly kind: number;
  readonly time: number;
  readonly number: number;
  readonly sequence: number;
  readonly size: number;
  readonly flags: number;
  readonly name: number;
  readonly payload: Uint8Array | null;
  readonly text: string | null;
}

const NOTHING = new Uint8Array(0);

/** The end of a ring that writes, in the thread that carries connections: it takes no memory, and waits for nothing. */
export class RingProducer {
  readonly #words: Int32Array;
  readonly #fields: Int32Array;
  readonly #times: Float64Array;
  readonly #bytes: Buffer;
  readonly #capacity: number;
  #head: number;
  #written: number;

  constructor({ data, words }: RingMemory) {
    this.#words = new Int32Array(words);
    this.#fields = new Int32Array(data);
    this.#times = new Float64Array(data);
    this.#bytes = Buffer.from(data);
    this.#capacity = data.byteLength;
    this.#head = Atomics.load(this.#words, ringWord.head);
    this.#written = this.#head >>> 0;
  }

  /** Bytes that were ever written: where the last entry ends. */
  get written(): number {
    return this.#written;
  }

  /** How many of them the consumer has released. @param tail where it is, or was lately */
  released(tail: number = this.tail): number {
    return this.#written - distance(tail, this.#head);
  }

  /** Where the next entry goes. */
  get head(): number {
    return this.#head;
  }

  /** Where the consumer is: everything before it is on the disk. */
  get tail(): number {
    return Atomics.load(this.#words, ringWord.tail);
  }

  /** The largest payload and text of one entry together. */
  get maxContent(): number {
    return this.#capacity / 4 - ENTRY_HEAD_BYTES;
  }

  /** Whether this much content goes in now. */
  hasRoom(content: number): boolean {
    return this.#place(lengthOf(content)) !== null;
  }

  /** Writes an entry; `false` where there is no room for it. */
  push(entry: RingEntry): boolean {
    const payload = entry.payload ?? NOTHING;
    const text = entry.text === null ? 0 : Buffer.byteLength(entry.text);
    const length = lengthOf(payload.length + text);
    const place = this.#place(length);
    if (place === null) return false;
    if (place.wrap > 0) this.#wrap(place.wrap);
    const at = this.#head & (this.#capacity - 1);
    const field = at / 4;
    const fields = this.#fields;
    fields[field + entryField.length] = length;
    fields[field + entryField.kind] = entry.kind;
    this.#times[at / 8 + 1] = entry.time;
    fields[field + entryField.number] = entry.number;
    fields[field + entryField.sequence] = entry.sequence;
    fields[field + entryField.size] = entry.size;
    fields[field + entryField.flags] = entry.flags;
    fields[field + entryField.name] = entry.name;
    fields[field + entryField.payload] = payload.length;
    fields[field + entryField.text] = text;
    if (payload.length > 0) this.#bytes.set(payload, at + ENTRY_HEAD_BYTES);
    if (entry.text !== null) this.#bytes.write(entry.text, at + ENTRY_HEAD_BYTES + payload.length);
    this.#publish(length);
    return true;
  }

  /** Asks the consumer to have everything until here on the disk soon; the position to wait for. */
  hurry(): number {
    Atomics.store(this.#words, ringWord.wanted, this.#head);
    this.#ring();
    return this.#head;
  }

  /** Asks the consumer to end when it has read everything. */
  close(): void {
    Atomics.store(this.#words, ringWord.closing, 1);
    this.#ring();
  }

  /** Bytes that are lost at the end of the ring before the entry; `null` where it does not go in. */
  #place(length: number): { readonly wrap: number } | null {
    const free = this.#capacity - distance(this.tail, this.#head);
    const untilEnd = this.#capacity - (this.#head & (this.#capacity - 1));
    const wrap = untilEnd < length ? untilEnd : 0;
    if (length > this.#capacity / 4 || wrap + length > free) return null;
    return wrap === 0 ? NO_WRAP : { wrap };
  }

  #wrap(length: number): void {
    const field = (this.#head & (this.#capacity - 1)) / 4;
    this.#fields[field + entryField.length] = length;
    this.#fields[field + entryField.kind] = entryKind.wrap;
    this.#publish(length);
  }

  #publish(length: number): void {
    this.#head = (this.#head + length) | 0;
    this.#written += length;
    Atomics.store(this.#words, ringWord.head, this.#head);
    const state = Atomics.load(this.#words, ringWord.state);
    if (state === consumerState.works) return;
    const isFilling = distance(this.tail, this.#head) > this.#capacity / 2;
    if (state === consumerState.asleep || isFilling) this.#ring();
  }

  #ring(): void {
    Atomics.store(this.#words, ringWord.state, consumerState.works);
    Atomics.add(this.#words, ringWord.bell, 1);
    Atomics.notify(this.#words, ringWord.bell);
  }
}

const NO_WRAP = { wrap: 0 } as const;

function lengthOf(content: number): number {
  return (ENTRY_HEAD_BYTES + content + 7) & ~7;
}
