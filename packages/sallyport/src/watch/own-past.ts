import { octaveOf, valueAt } from "./log-histogram.ts";

/** How much the last day counts. */
const WEIGHT = 0.25;
/** So many standard deviations above what is usual are too far: of one day in thirty thousand. */
const FAR = 4;
/** How much days differ of whom little is known, in octaves: one is often twice or half another. */
const PRIOR_DEVIATION = 1;
/** For how many days of their own that stands. */
const PRIOR_DAYS = 3;
/** A day on which they hardly were there says little of how much is much. */
const LEAST_OFF = -1;
/** Days that count in how much theirs differ, as old ones fade. */
const MOST_DAYS = 7;

/**
 * What is usual in a day for somebody, and how much their days differ, in the logarithm, since days differ by factors. Of few days
 * nobody can say how much they differ: so what is common is taken for as much as three of them.
 */
export class OwnPast {
  #days = 0;
  #mean = 0;
  #variance = 0;

  /** Days that were learnt. */
  get days(): number {
    return this.#days;
  }

  /** What is usual in a day. */
  get usual(): number {
    return valueAt(this.#mean);
  }

  /** Learns a day. @param value 0 or more; what was told is to be counted as the highest that was not */
  learn(value: number): void {
    const octave = octaveOf(value);
    const off = Math.max(LEAST_OFF, octave - this.#mean);
    if (this.#days === 0) this.#mean = octave;
    else {
      this.#mean += off * WEIGHT;
      this.#variance += (off * off - this.#variance) * WEIGHT;
    }
    this.#days += 1;
  }

  /** The highest that is usual in a day. @param times never less than so many times what is usual */
  limit(times: number): number {
    const known = Math.min(MOST_DAYS, this.#days);
    const variance = (known * this.#variance + PRIOR_DAYS * PRIOR_DEVIATION ** 2) / (known + PRIOR_DAYS);
    return valueAt(this.#mean + Math.max(Math.log2(times), FAR * Math.sqrt(variance)));
  }
}
