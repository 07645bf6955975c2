/** Two clocks of one machine, milliseconds. */
export interface Clocks {
  /** What records are dated by: it may be set. */
  readonly wall: () => number;
  /** It only goes on, and stands still while the machine sleeps: nobody sets it. */
  readonly steady: () => number;
}

/** What a look at the clocks tells. */
export interface ClockLook {
  /** The time by which segments grow old, milliseconds since 1970; never later than the wall clock. */
  readonly believed: number;
  /** By how much the wall clock leapt since the look before, milliseconds; `null` where it did not. */
  readonly leapt: number | null;
}

/** How far the wall clock may run ahead between two looks, and how long it is not believed where it ran further. */
export const CLOCK_DOUBT_MS = 3_600_000;

/**
 * The time by which segments grow old. A wall clock that was set far ahead by mistake would have everything retired at once, for good:
 * where it leaps by more than an hour, the time goes on from where it was by the steady clock, for an hour of that; then the wall clock
 * is believed, as it is at once where it was set back. A machine that slept looks the same, and retires an hour later.
 *
 * At the start there is no look before. A gate that was off for a month and a clock that is a month ahead look the same, too: the time
 * goes on from the newest segment that was begun more than an hour ago, for an hour. So a gate that never runs for that long retires at its
 * next start, and one that is started again and again by a wrong clock does not.
 */
export class RetentionClock {
  readonly #clocks: Clocks;
  /** Wall clock minus steady clock, as it was believed. */
  #offset: number;
  /** Since when the wall clock is not believed, by the steady clock, and what it was ahead of that. */
  #doubt: { readonly since: number; readonly offset: number } | null;

  /** @param begun when the segments that are there were begun, milliseconds since 1970 */
  constructor(clocks: Clocks, begun: readonly number[]) {
    this.#clocks = clocks;
    const [wall, steady] = [clocks.wall(), clocks.steady()];
    const seen = begun.filter((time) => time < wall - CLOCK_DOUBT_MS);
    const last = seen.reduce((newest, time) => Math.max(newest, time), -Infinity);
    this.#offset = (seen.length === 0 ? wall : last) - steady;
    this.#doubt = seen.length === 0 ? null : { since: steady, offset: wall - steady };
  }

  /** Looks at the clocks; at least every few minutes. */
  look(): ClockLook {
    const [wall, steady] = [this.#clocks.wall(), this.#clocks.steady()];
    const offset = wall - steady;
    const before = this.#doubt?.offset ?? this.#offset;
    const isLeap = offset - before > CLOCK_DOUBT_MS;
    if (isLeap) this.#doubt = { since: steady, offset };
    const isOver = this.#doubt !== null && steady - this.#doubt.since >= CLOCK_DOUBT_MS;
    if (this.#doubt === null || isOver || offset - this.#offset <= CLOCK_DOUBT_MS) {
      this.#doubt = null;
      this.#offset = offset;
    }
    return { believed: this.#offset + steady, leapt: isLeap ? offset - before : null };
  }
}
