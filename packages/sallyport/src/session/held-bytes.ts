import { Buffer } from "node:buffer";

/**
 * Bytes kept back until a verdict: one contiguous buffer that doubles as bytes come, never reserved by what a peer merely
 * announces. Its bound is the caller's: the limits of the message that it holds.
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
      // Not zeroed first: nothing is shown of it but what was written.
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2, SMALLEST));
      larger.set(this.#buffer.subarray(0, this.#size));
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
    this.clear();
    return bytes;
  }

  /** Forgets what is held. */
  clear(): void {
    this.#buffer = EMPTY;
    this.#size = 0;
  }
}

const EMPTY = new Uint8Array(0);
const SMALLEST = 256;

/** Both, one behind the other, in memory of its own. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
