import { Buffer } from "node:buffer";

/** A power of two: below it a buffer costs as much as what it holds. */
const SMALLEST_EXPONENT = 8;

/**
 * Memory that is lent for as long as a message is held back, and lent again: new memory for each large message costs more
 * than all that is done with it, in fresh pages and in full collections of the heap, which count it.
 *
 * Who keeps what it was given (a socket that cannot take it at once) says so by `keep`, and from then on it is not lent
 * again until `restore`. Not zeroed in between: a holder shows nothing of it but what it wrote.
 */
export class BufferPool {
  readonly #maxFreeBytes: number;
  readonly #free: Uint8Array[][] = Array.from({ length: 32 }, () => []);
  /** The whole of what is lent and not kept by anybody. What is lost with its connection goes with it. */
  readonly #lent = new WeakMap<ArrayBufferLike, Uint8Array>();
  #freeBytes = 0;

  /** @param maxFreeBytes bytes at most that wait to be lent again; what comes back beyond them is let go */
  constructor(maxFreeBytes: number) {
    this.#maxFreeBytes = maxFreeBytes;
  }

  /** Bytes that wait to be lent again. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Memory of at least this size: a power of two, at most twice what is asked for above 256 bytes. */
  lend(bytes: number): Uint8Array {
    const exponent = Math.max(SMALLEST_EXPONENT, Math.ceil(Math.log2(bytes)));
    const known = this.#free[exponent]?.pop();
    const buffer = known ?? Buffer.allocUnsafeSlow(2 ** exponent);
    if (known !== undefined) this.#freeBytes -= known.length;
    this.#lent.set(buffer.buffer, buffer);
    return buffer;
  }

  /** Takes back the memory that a piece stands in; nothing where it is not of this pool, or somebody keeps it. */
  takeBack(piece: Uint8Array): void {
    const whole = this.#lent.get(piece.buffer);
    if (whole === undefined) return;
    this.#lent.delete(piece.buffer);
    this.#put(whole);
  }

  /**
   * Leaves the memory that a piece stands in to the caller: it is not lent again. Returns it whole, for `restore`; `null`
   * where it is not lent by this pool.
   */
  keep(piece: Uint8Array): Uint8Array | null {
    const whole = this.#lent.get(piece.buffer) ?? null;
    if (whole !== null) this.#lent.delete(piece.buffer);
    return whole;
  }

  /** Takes back, once, what `keep` returned: nobody may look at it any more. */
  restore(whole: Uint8Array): void {
    this.#put(whole);
  }

  #put(whole: Uint8Array): void {
    if (this.#freeBytes + whole.length > this.#maxFreeBytes) return;
    this.#freeBytes += whole.length;
    this.#free[Math.log2(whole.length)]?.push(whole);
  }
}

/** 16 MiB: as much as the largest message of the defaults, and little beside what a process takes that carries such. */
const MAX_FREE_BYTES = 16 * 1024 ** 2;

/** The pool of this thread's held messages. */
export const heldMemory: BufferPool = new BufferPool(MAX_FREE_BYTES);
