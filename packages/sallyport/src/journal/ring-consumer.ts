import { Buffer } from "node:buffer";
import {
  consumerState,
  distance,
  entryKind,
  type RingMemory,
  ringWord,
  writingState,
} from "./ring-layout.ts";
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
    this.#writing(writingState.none);
  }

  /** Where it is: what is before this was given back. */
  get tail(): number {
    return this.#tail;
  }

  /** Says what is about to be written, as which frame: a consumer that takes the place of this one is not to write it again. */
  begin(position: number, frame: number): void {
    this.#writing(writingState.none);
    Atomics.store(this.#words, ringWord.writingTo, position);
    Atomics.store(this.#words, ringWord.writingFrame, frame | 0);
    this.#writing(writingState.begun);
  }

  /** Finds out whether the consumer before got to write what it had begun. @param frames so many are on the disk, before any is added */
  find(frames: number): void {
    if (Atomics.load(this.#words, ringWord.writing) !== writingState.begun) return;
    const ahead = (frames - Atomics.load(this.#words, ringWord.writingFrame)) | 0;
    this.#writing(ahead > 0 ? writingState.found : writingState.none);
  }

  /** Gives back what was found on the disk. @param learn is shown it before: what follows may be of the same sessions */
  skip(learn: (entry: RingView) => void): void {
    if (Atomics.load(this.#words, ringWord.writing) !== writingState.found) return;
    const end = Atomics.load(this.#words, ringWord.writingTo);
    for (let position = this.#tail; position !== end;) {
      const length = this.#view.move(position & (this.#capacity - 1));
      if (this.#view.kind !== entryKind.wrap) learn(this.#view);
      position = (position + length) | 0;
    }
    this.release(end);
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

  #writing(state: number): void {
    Atomics.store(this.#words, ringWord.writing, state);
  }
}
