import { heldMemory } from "./buffer-pool.ts";

/**
 * Bytes kept back until a verdict, where they must stand in one: a lent buffer that doubles as bytes come, never reserved by
 * what a peer merely announces. Its bound is the caller's: the limits of the message that it holds.
 */
export class HeldBytes {
  #buffer: Uint8Array = EMPTY;
  #size = 0;

  /** Bytes held. */
  get size(): number {
    return this.#size;
  }

  /** Makes room for a piece and returns where it goes: the caller writes there. */
  reserve(length: number): Uint8Array {
    const needed = this.#size + length;
    if (needed > this.#buffer.length) {
      const larger = heldMemory.lend(needed);
      if (this.#size > 0) larger.set(this.#buffer.subarray(0, this.#size));
      heldMemory.takeBack(this.#buffer);
      this.#buffer = larger;
    }
    const place = this.#buffer.subarray(this.#size, needed);
    this.#size = needed;
    return place;
  }

  /** Keeps a copy of a piece. */
  append(piece: Uint8Array): void {
    this.reserve(piece.length).set(piece);
  }

  /** What is held, as a view that stays valid until the next `append`, `take` or `clear`. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  /** Hands over what is held: the caller owns it, and nothing is held any more. */
  take(): Uint8Array {
    const bytes = this.view();
    heldMemory.keep(bytes);
    this.clear();
    return bytes;
  }

  /** Gives back what is held: whatever `view` showed means nothing any more. */
  clear(): void {
    if (this.#buffer === EMPTY) return;
    heldMemory.takeBack(this.#buffer);
    this.#buffer = EMPTY;
    this.#size = 0;
  }
}

const EMPTY = new Uint8Array(0);

/** Both, one behind the other, in memory of its own. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
