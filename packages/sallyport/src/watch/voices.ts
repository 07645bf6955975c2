import { LogHistogram, octaveOf, valueAt } from "./log-histogram.ts";

/** So long until a voice counts half: a working week is remembered over its weekend. */
const HALF_LIFE_MS = 7 * 86_400_000;
const FADE_EVERY_MS = 3_600_000;
/** Nothing is known from fewer voices. */
const LEAST_VOICES = 30;
/** What nineteen of twenty stay below: fewer callers than a twentieth teach nothing. */
const HIGH_SHARE = 0.95;
/** Standard deviations from the median to there, of a normal distribution. */
const HIGH_DEVIATIONS = 1.645;
/** Where callers differ as busy ones do from idle ones, so many octaves above there are too far all the same. */
const FAR_OCTAVES = 5;
/** What callers did lately: in this stretch, and the one before it. */
const STRETCH_MS = 4 * 3_600_000;
/** Nothing is known of lately from fewer. */
const LEAST_LATELY = 20;
const RENEW_EVERY_MS = 1000;

/** How far from what is usual among callers is too far. */
export interface VoiceLimits {
  /** Never less than this. */
  readonly floor: number;
  /** Standard deviations of the logarithm above the median, estimated from what is above the median. */
  readonly deviations: number;
  /** Times what 95 of 100 voices stay below. */
  readonly times: number;
}

/**
 * What is usual among callers, each of whom has few voices a day, however much and however long they send: a program that sends all
 * night teaches no more than a person who is there for an hour. What lately was usual counts beside what has long been, so that
 * whoever would teach that much is usual must have many callers, and go on with it.
 */
export class Voices {
  readonly #limits: VoiceLimits;
  readonly #learnMs: number;
  readonly #since: number;
  readonly #long = new LogHistogram();
  #lately = new LogHistogram();
  #before = new LogHistogram();
  #stretchFrom: number;
  #fadedAt: number;
  #count = 0;
  #limit = Number.POSITIVE_INFINITY;
  #usual = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: VoiceLimits, { learnMs }: { readonly learnMs: number }, now: number) {
    this.#limits = limits;
    this.#learnMs = learnMs;
    this.#since = now;
    this.#stretchFrom = now;
    this.#fadedAt = now;
  }

  /** Hears a voice. What is too high counts as the highest that is usual. */
  hear(value: number, now: number): void {
    this.#pass(now);
    const usual = Math.min(value, this.limit(now));
    this.#count += 1;
    this.#long.add(usual, 1);
    this.#lately.add(value, 1);
  }

  /** Whether enough is known to say what is usual. */
  isLearnt(now: number): boolean {
    return now - this.#since >= this.#learnMs && this.#count >= LEAST_VOICES;
  }

  /** The highest value that is usual; infinite while it learns. */
  limit(now: number): number {
    if (now - this.#renewedAt >= RENEW_EVERY_MS) this.#renew(now);
    return this.#limit;
  }

  /** The median. */
  get usual(): number {
    return this.#usual;
  }

  /** Voices that were heard. */
  get samples(): number {
    return this.#count;
  }

  #pass(now: number): void {
    if (now - this.#fadedAt >= FADE_EVERY_MS) {
      this.#long.fade(0.5 ** ((now - this.#fadedAt) / HALF_LIFE_MS));
      this.#fadedAt = now;
    }
    const passed = now - this.#stretchFrom;
    if (passed < STRETCH_MS) return;
    this.#before = passed < 2 * STRETCH_MS ? this.#lately : new LogHistogram();
    this.#lately = new LogHistogram();
    this.#stretchFrom = now;
  }

  #renew(now: number): void {
    this.#renewedAt = now;
    if (!this.isLearnt(now)) return;
    this.#pass(now);
    this.#usual = valueAt(this.#long.octaveAt(0.5));
    const lately = this.#lately.total >= LEAST_LATELY ? this.#lately : this.#before;
    const ofLately = lately.total >= LEAST_LATELY ? this.#limitOf(lately) : Number.POSITIVE_INFINITY;
    this.#limit = Math.min(this.#limitOf(this.#long), ofLately);
  }

  #limitOf(values: LogHistogram): number {
    const { floor, deviations, times } = this.#limits;
    const median = values.octaveAt(0.5);
    const high = values.octaveAt(HIGH_SHARE);
    const deviation = (high - median) / HIGH_DEVIATIONS;
    const far = Math.min(median + deviations * deviation, high + FAR_OCTAVES);
    return Math.max(floor, valueAt(Math.max(far, high + octaveOf(times - 1))));
  }
}
