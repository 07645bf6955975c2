import { Buffer } from "node:buffer";
import { consumerState, distance, entryKind, type RingMemory, ringWord } from "./ring-layout.ts";
import { EntryView, type RingView } from "./ring-view.ts";

/** How a consumer waits: for an entry, or for company to it. */
export type RingWait = Exclude<keyof typeof consumerState, "works">;

/** The end of a ring that reads, in a thread that may wait. */
export class RingConsumer {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #view: EntryView;
  readonly #capacity: number;
  #tail: number;

  constructor({ data, words }: RingMemory) {
    this.#words = new Int32Array(words);
    this.#bytes = Buffer.from(data);
    this.#view = new EntryView(data);
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
        if (!take(this.#view)) break;
      }
      position = (position + length) | 0;
    }
    return position;
  }

  /** A copy of entries that wait, in order, about so many bytes and at least one; the position behind the last of them. */
  copy(atMost: number): { readonly entries: Uint8Array; readonly position: number } {
    const pieces: Buffer[] = [];
    let size = 0;
    const position = this.read(({ at, length }) => {
      if (size >= atMost) return false;
      pieces.push(this.#bytes.subarray(at, at + length));
      size += length;
      return true;
    });
    return { entries: Buffer.concat(pieces), position };
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
