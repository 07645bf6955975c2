/** A clock that was set by more than this, the node's or the engine's, says nothing any more of what was reckoned by it. Milliseconds. */
export const CLOCK_SET_MS = 2000;

/** When copies were last in step with what they are copies of. Kept by the monotonic clock: whoever sets the other makes them no younger. */
export class InStep {
  readonly #wallNow: () => number;
  /** Monotonic milliseconds; `null`: never. */
  #at: number | null = null;
  /** When there is all to copy from that there will be, monotonic milliseconds. */
  #wholeAt = 0;
  /** How far the wall clock is ahead of the monotonic one. */
  #wallAhead: number;

  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
    this.#wallAhead = wallNow() - performance.now();
  }

  /** What they are copies of is not whole yet. @param forMs for so long from now; 0: it is */
  wait(forMs: number): void {
    this.#wholeAt = forMs === 0 ? 0 : performance.now() + forMs;
  }

  /** They are as what was read from this moment on, monotonic milliseconds. `false`: that was not whole, and they are not known to be in step. */
  note(begunAt: number): boolean {
    if (performance.now() < this.#wholeAt) return false;
    this.#at = begunAt;
    return true;
  }

  /** Whether the last time is longer ago than so many milliseconds, or there was none. */
  isOlderThan(ms: number): boolean {
    return this.#at === null || performance.now() - this.#at > ms;
  }

  /** The last time, by the wall clock as it is now; 0: there was none. */
  since(): number {
    const ahead = this.#wallNow() - performance.now();
    if (Math.abs(ahead - this.#wallAhead) > CLOCK_SET_MS) this.#wallAhead = ahead;
    return this.#at === null ? 0 : this.#at + this.#wallAhead;
  }
}
