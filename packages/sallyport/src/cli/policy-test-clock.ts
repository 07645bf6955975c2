/** A process has run for a while when its first connection comes: 0 means never to some. */
const FIRST_MS = 1000;

/** The time of one case, which goes by only when it is told to. */
export class TestClock {
  readonly #startsAt: number;
  #now = FIRST_MS;

  /** @param startsAt wall clock, milliseconds since the epoch */
  constructor(startsAt: number) {
    this.#startsAt = startsAt;
  }

  /** Monotonic milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Wall clock, milliseconds since the epoch. */
  get wallNow(): number {
    return this.#startsAt + this.#now - FIRST_MS;
  }

  /** Lets time go by until a moment of the monotonic clock; never back. */
  advanceTo(now: number): void {
    this.#now = Math.max(this.#now, now);
  }
}
