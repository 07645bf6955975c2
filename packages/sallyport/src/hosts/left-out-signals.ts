import type { Emit } from "../events.ts";

/** How often it is told at most, milliseconds. */
const TELL_EVERY_MS = 10_000;

/** Tells how much of what processes had for the watch found no room: exactly, and not oftener than it can be read. */
export class LeftOutSignals {
  /** All so far. */
  total = 0;
  readonly #emit: Emit;
  readonly #now: () => number;
  #untold = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds */
  constructor(emit: Emit, now: () => number) {
    this.#emit = emit;
    this.#now = now;
  }

  /** So many more. Called with each batch, 0 included, so that what is left to tell is told. */
  add(count: number): void {
    this.total += count;
    this.#untold += count;
    const now = this.#now();
    if (this.#untold === 0 || now - this.#toldAt < TELL_EVERY_MS) return;
    this.#emit({
      type: "gate",
      level: "warn",
      message: "the watch was not told of everything: more happened than workers can send",
      detail: `${this.#untold} signals were left out, ${this.total} since the start`,
    });
    this.#untold = 0;
    this.#toldAt = now;
  }
}
