import { CountMin } from "./count-min.ts";
import { LogHistogram, octaveOf, valueAt } from "./log-histogram.ts";

/** So long until a value counts half. */
const HALF_LIFE_MS = 2 * 86_400_000;
/** Of so long, one caller contributes a bounded share. */
const EPOCH_MS = 600_000;
/** One caller's share of what is learnt, or a few values where there are few. */
const SHARE = 0.02;
const FEW = 3;
/** Nothing is known from fewer values. */
const LEAST_VALUES = 60;
/** Two to the power of this many counters in each of four rows: 4 KiB. */
const SHARES_BITS = 10;
const RENEW_EVERY_MS = 1000;

/** How far from what is usual is too far. */
export interface BaselineLimits {
  /** Never less than this. */
  readonly floor: number;
  /** Standard deviations, estimated robustly and of the logarithm, above the median. */
  readonly deviations: number;
  /** Times what 97 of 100 values stay below. */
  readonly times: number;
}

/**
 * What is usual, learnt from values, so that few can neither teach nor shift it: statistics are robust, one caller contributes a fiftieth
 * or so of the values of ten minutes, and once it has learnt, a value that is too high counts as the highest that is usual.
 */
export class Baseline {
  readonly #limits: BaselineLimits;
  readonly #learnMs: number;
  readonly #seed: number;
  readonly #values = new LogHistogram();
  #shares = new CountMin(SHARES_BITS);
  readonly #since: number;
  #epochFrom: number;
  #inEpoch = 0;
  #count = 0;
  #limit = Number.POSITIVE_INFINITY;
  #far = Number.POSITIVE_INFINITY;
  #usual = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: BaselineLimits, { learnMs, seed }: { learnMs: number; seed: number }, now: number) {
    this.#limits = limits;
    this.#learnMs = learnMs;
    this.#seed = seed;
    this.#since = now;
    this.#epochFrom = now;
  }

  /** Learns a value. @param who contributed it */
  learn(value: number, who: string, now: number): void {
    if (now - this.#epochFrom >= EPOCH_MS) this.#beginEpoch(now);
    const contributed = this.#shares.add(who, this.#seed);
    if (contributed > Math.max(FEW, this.#inEpoch * SHARE)) return;
    this.#inEpoch += 1;
    this.#count += 1;
    this.#values.add(Math.min(value, this.limit(now)), 1);
  }

  /** Whether enough is known to say what is usual. */
  isLearnt(now: number): boolean {
    return now - this.#since >= this.#learnMs && this.#count >= LEAST_VALUES;
  }

  /** The highest value that is usual; infinite while it learns. */
  limit(now: number): number {
    if (now - this.#renewedAt >= RENEW_EVERY_MS) this.#renew(now);
    return this.#limit;
  }

  /** So many deviations above the median; infinite while it learns. */
  far(now: number): number {
    if (now - this.#renewedAt >= RENEW_EVERY_MS) this.#renew(now);
    return this.#far;
  }

  /** The median. */
  get usual(): number {
    return this.#usual;
  }

  /** Values that were learnt. */
  get samples(): number {
    return this.#count;
  }

  #beginEpoch(now: number): void {
    this.#values.fade(0.5 ** ((now - this.#epochFrom) / HALF_LIFE_MS));
    this.#shares = new CountMin(SHARES_BITS);
    this.#epochFrom = now;
    this.#inEpoch = 0;
  }

  #renew(now: number): void {
    this.#renewedAt = now;
    if (!this.isLearnt(now)) return;
    const { floor, deviations, times } = this.#limits;
    const median = this.#values.octaveAt(0.5);
    const far = median + deviations * this.#values.deviationFrom(median);
    const high = this.#values.octaveAt(0.97) + octaveOf(times - 1);
    this.#far = valueAt(far);
    this.#usual = valueAt(median);
    this.#limit = Math.max(floor, valueAt(Math.max(far, high)));
  }
}
