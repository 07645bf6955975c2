/** The time of one case, which goes by only when it is told to. */
export class TestClock {
  readonly #startsAt: number;
  #elapsed = 0;

  /** @param startsAt wall clock, milliseconds since the epoch */
  constructor(startsAt: number) {
    this.#startsAt = startsAt;
  }

  /** Monotonic milliseconds since the case began. */
  get now(): number {
    return this.#elapsed;
  }

  /** Wall clock, milliseconds since the epoch. */
  get wallNow(): number {
    return this.#startsAt + this.#elapsed;
  }

  /** Lets time go by until a moment of the monotonic clock; never back. */
  advanceTo(now: number): void {
    this.#elapsed = Math.max(this.#elapsed, now);
  }
}
