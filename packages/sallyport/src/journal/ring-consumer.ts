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

/** One entry as it stands in the ring: it is valid until the ring is released. */
export interface RingView {
  readonly kind: number;
  readonly time: number;
  readonly number: number;
  readonly sequence: number;
  readonly size: number;
  readonly flags: number;
  readonly name: number;
  readonly payload: Uint8Array;
  readonly hasText: boolean;
  readonly text: string;
}

/** How a consumer waits: for an entry, or for company to it. */
export type RingWait = Exclude<keyof typeof consumerState, "works">;

/** The end of a ring that reads, in a thread that may wait. */
export class RingConsumer {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #view: MutableView;
  readonly #capacity: number;
  #tail: number;

  constructor({ data, words }: RingMemory) {
    this.#words = new Int32Array(words);
    this.#bytes = Buffer.from(data);
    this.#view = new MutableView(data);
    this.#capacity = data.byteLength;
    this.#tail = Atomics.load(this.#words, ringWord.tail);
  }

  /** Bytes that wait. */
  get waiting(): number {
    return distance(this.#tail, Atomics.load(this.#words, ringWord.head));
  }

  /** The share of the ring that is in use. */
  get fill(): number {
    return this.waiting / this.#capacity;
  }

  /** Whether somebody waits for what was not released yet. */
  get isWanted(): boolean {
    const ahead = distance(this.#tail, Atomics.load(this.#words, ringWord.wanted));
    return ahead > 0 && ahead <= this.#capacity;
  }

  /** Whether the producer will write no more. */
  get isClosing(): boolean {
    return Atomics.load(this.#words, ringWord.closing) !== 0;
  }

  /**
   * Shows the entries that wait, one after the other, and forgets none of them; the position behind the last that was taken.
   *
   * @param take answers `false` for an entry that it does not take; there the reading ends
   */
  read(take: (entry: RingView) => boolean): number {
    const head = Atomics.load(this.#words, ringWord.head);
    let position = this.#tail;
    while (position !== head) {
      const at = position & (this.#capacity - 1);
      const length = this.#view.move(at);
      if (this.#view.kind !== entryKind.wrap) {
        this.#view.bytes = this.#bytes;
        if (!take(this.#view)) break;
      }
      position = (position + length) | 0;
    }
    return position;
  }

  /** Gives back what is before a position: it is on the disk. */
  release(position: number): void {
    this.#tail = position;
    Atomics.store(this.#words, ringWord.tail, position);
  }

  /** Waits until the producer rings, or for some milliseconds. */
  wait(how: RingWait, milliseconds: number): void {
    const bell = Atomics.load(this.#words, ringWord.bell);
    Atomics.store(this.#words, ringWord.state, consumerState[how]);
    // What came before the state was told did not ring.
    const isEarly = how === "asleep" ? this.waiting > 0 : this.isWanted || this.fill > 0.5;
    if (!isEarly && !this.isClosing) Atomics.wait(this.#words, ringWord.bell, bell, milliseconds);
    Atomics.store(this.#words, ringWord.state, consumerState.works);
  }
}

/** One view for all entries: reading a million of them makes no garbage. */
class MutableView implements RingView {
  readonly #fields: Int32Array;
  readonly #times: Float64Array;
  #field = 0;
  bytes: Buffer = Buffer.alloc(0);

  constructor(data: SharedArrayBuffer) {
    this.#fields = new Int32Array(data);
    this.#times = new Float64Array(data);
  }

  /** Looks at the entry at a byte of the ring; its length. */
  move(at: number): number {
    this.#field = at / 4;
    return this.#word(entryField.length);
  }

  get kind(): number {
    return this.#word(entryField.kind);
  }

  get time(): number {
    return this.#times[this.#field / 2 + 1] ?? 0;
  }

  get number(): number {
    return this.#word(entryField.number);
  }

  get sequence(): number {
    return this.#word(entryField.sequence) >>> 0;
  }

  get size(): number {
    return this.#word(entryField.size) >>> 0;
  }

  get flags(): number {
    return this.#word(entryField.flags);
  }

  get name(): number {
    return this.#word(entryField.name);
  }

  get payload(): Uint8Array {
    const from = this.#field * 4 + ENTRY_HEAD_BYTES;
    return this.bytes.subarray(from, from + this.#word(entryField.payload));
  }

  get hasText(): boolean {
    return this.#word(entryField.text) > 0;
  }

  get text(): string {
    const from = this.#field * 4 + ENTRY_HEAD_BYTES + this.#word(entryField.payload);
    return this.bytes.toString("utf8", from, from + this.#word(entryField.text));
  }

  #word(field: number): number {
    return this.#fields[this.#field + field] ?? 0;
  }
}
