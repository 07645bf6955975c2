import { heldMemory } from "./buffer-pool.ts";

/**
 * What one chunk sends on, in order: neighbouring bytes of the chunk as one piece of the same memory, and pieces of other
 * memory in between. Copies nothing.
 */
export class OutgoingRun {
  #chunk: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  #pieces: Uint8Array[] = [];
  #lent = false;

  /** From now on indices mean this chunk. What was gathered of the one before must have been taken. */
  begin(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#start = 0;
    this.#end = 0;
  }

  /** From now on indices mean this chunk, and what was gathered of the one before stays. */
  turn(chunk: Uint8Array): void {
    if (chunk === this.#chunk) return;
    this.#close();
    this.begin(chunk);
  }

  /** Adds the chunk's bytes from `start` to `end`. */
  extend(start: number, end: number): void {
    if (start !== this.#end) {
      this.#close();
      this.#start = start;
    }
    this.#end = end;
  }

  /** Adds bytes that do not stand in the chunk. */
  push(piece: Uint8Array): void {
    this.#close();
    this.#pieces.push(piece);
  }

  /** Adds pieces of lent memory, for `giveBack`. */
  pushLent(pieces: readonly Uint8Array[]): void {
    this.#close();
    this.#pieces.push(...pieces);
    this.#lent = true;
  }

  /** Hands over what was gathered; empty when there is nothing. */
  take(): readonly Uint8Array[] {
    this.#close();
    const pieces = this.#pieces;
    if (pieces.length > 0) this.#pieces = [];
    return pieces;
  }

  /** What `take` handed over has been forwarded: gives back what of it is lent, and nobody keeps. */
  giveBack(pieces: readonly Uint8Array[]): void {
    if (!this.#lent) return;
    this.#lent = false;
    for (const piece of pieces) heldMemory.takeBack(piece);
  }

  #close(): void {
    const [start, end] = [this.#start, this.#end];
    this.#start = end;
    if (end === start) return;
    const whole = end - start === this.#chunk.length;
    this.#pieces.push(whole ? this.#chunk : this.#chunk.subarray(start, end));
  }
}

const EMPTY = new Uint8Array(0);
