import { heldMemory } from "./buffer-pool.ts";

/** A read's worth: larger memory would copy nothing less, and be harder to lend again. */
const LARGEST_PIECE = 0x1_0000;

/**
 * Frames kept back until a verdict, as they came: pieces of lent memory that grow with what is held, never reserved by what a
 * peer merely announces: at most twice what it holds, above a smallest size. Nothing is copied twice. Its bound is the caller's: the limits of the message that it holds.
 */
export class HeldFrames {
  #full: Uint8Array[] = NONE;
  #last: Uint8Array = EMPTY;
  /** Bytes of the last piece. */
  #used = 0;
  #size = 0;

  /** Bytes held. */
  get size(): number {
    return this.#size;
  }

  /** Keeps a copy of a piece. */
  append(piece: Uint8Array): void {
    let taken = 0;
    while (taken < piece.length) {
      if (this.#used === this.#last.length) this.#grow(piece.length - taken);
      const part = Math.min(piece.length - taken, this.#last.length - this.#used);
      this.#last.set(part === piece.length ? piece : piece.subarray(taken, taken + part), this.#used);
      this.#used += part;
      this.#size += part;
      taken += part;
    }
  }

  /** Hands over what is held, in order: the caller gives each piece back to the pool. Nothing is held any more. */
  take(): readonly Uint8Array[] {
    if (this.#size === 0) return NONE;
    const last = this.#last.subarray(0, this.#used);
    const pieces = this.#full.length === 0 ? [last] : [...this.#full, last];
    this.#forget();
    return pieces;
  }

  /** Gives back what is held. */
  clear(): void {
    if (this.#size === 0) return;
    for (const piece of this.#full) heldMemory.takeBack(piece);
    heldMemory.takeBack(this.#last);
    this.#forget();
  }

  #grow(wanted: number): void {
    if (this.#used > 0) {
      if (this.#full === NONE) this.#full = [];
      this.#full.push(this.#last);
    }
    this.#last = heldMemory.lend(Math.min(LARGEST_PIECE, Math.max(wanted, this.#size >> 1)));
    this.#used = 0;
  }

  #forget(): void {
    this.#full = NONE;
    this.#last = EMPTY;
    this.#used = 0;
    this.#size = 0;
  }
}

const EMPTY = new Uint8Array(0);
/** Never written to: while nothing is held, no list is. */
const NONE: Uint8Array[] = [];

/** Keeps nothing: for a lane whose frames go nowhere, since its application takes messages. */
class NoFrames extends HeldFrames {
  override append(): void {}
}

/** One for all such lanes. */
export const NO_FRAMES: HeldFrames = new NoFrames();
