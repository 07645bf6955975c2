import { boundedKey } from "./hash-text.ts";
import { Recent } from "./recent.ts";

/** Measurements that are needed before somebody is compared with their own past: ten minutes of sending. */
const LEAST_SPANS = 60;
/** How much of the highest is left after a measurement: half after two hours of sending. */
const FADE = 0.999;
/** Once somebody is known, one measurement raises the highest by so much at most. */
const GREATEST_RISE = 1.25;
/** What was told of somebody is usual for them for so long. */
const REMEMBER_MS = 7 * 86_400_000;
/** And so much more is news. */
const NEWS = 3;
/** Where there are more callers than can be told apart, one in so many newcomers gets in. */
const ADMITTED_OF = 8;
const HOUR_MS = 3_600_000;
/** Who sends nothing for so long has had a rest. */
const REST_MS = 2 * HOUR_MS;

/** What is measured of a caller. */
export type HabitMeasure = "rate" | "size" | "perHour" | "awake";

/** What somebody is used to send. */
export class Habit {
  #high = 0;
  #spans = 0;
  #told: Record<HabitMeasure, number> = { rate: 0, size: 0, perHour: 0, awake: 0 };
  #toldAt = Number.NEGATIVE_INFINITY;
  #hourFrom: number;
  #inHour = 0;
  #isHourTold = false;
  #awakeFrom: number;
  #sentAt: number;

  constructor(now: number) {
    this.#hourFrom = now;
    this.#awakeFrom = now;
    this.#sentAt = now;
  }

  /** Hours without a rest. */
  get awake(): number {
    return (this.#sentAt - this.#awakeFrom) / HOUR_MS;
  }

  /** Messages within the hour that began with the first of them. */
  get suspicion(): number {
    return this.#inHour;
  }

  /** The highest rate that is their own; infinite while they are not known. */
  get high(): number {
    return this.#spans < LEAST_SPANS ? Number.POSITIVE_INFINITY : this.#high;
  }

  /** Takes a measured rate. */
  sent(rate: number): void {
    const most = this.#spans < LEAST_SPANS ? rate : Math.min(rate, Math.max(1, this.#high) * GREATEST_RISE);
    this.#high = Math.max(this.#high * FADE, most);
    this.#spans += 1;
  }

  /** Counts messages. @returns what came in the hour that is over, if one is */
  count(messages: number, now: number): number | null {
    const over = now - this.#hourFrom >= HOUR_MS ? this.#inHour : null;
    if (over !== null) {
      this.#hourFrom = now;
      this.#inHour = 0;
      this.#isHourTold = false;
    }
    if (now - this.#sentAt >= REST_MS) this.#awakeFrom = now;
    this.#sentAt = now;
    this.#inHour += messages;
    return over;
  }

  /** Whether a value is news about somebody of whom it was told before; then it is not the next time. */
  isNews(measure: HabitMeasure, value: number, now: number): boolean {
    if (now - this.#toldAt >= REMEMBER_MS) this.#told = { rate: 0, size: 0, perHour: 0, awake: 0 };
    if (value < this.#told[measure] * NEWS || (measure === "perHour" && this.#isHourTold)) return false;
    if (measure === "perHour") this.#isHourTold = true;
    this.#told[measure] = value;
    this.#toldAt = now;
    return true;
  }
}

/** The habits of as many callers as can be told apart. */
export class Habits {
  readonly #habits: Recent<Habit>;
  readonly #seed: number;
  #turnedAway = 0;

  constructor({ keys, seed }: { readonly keys: number; readonly seed: number }) {
    this.#habits = new Recent(keys);
    this.#seed = seed;
  }

  /** Callers that are told apart. */
  get size(): number {
    return this.#habits.size;
  }

  /** What a caller is used to; `null` where there are too many to tell apart. */
  of(who: string, now: number): Habit | null {
    const key = boundedKey(who, this.#seed);
    const known = this.#habits.get(key);
    if (known !== undefined) return known;
    if (this.#habits.isFull) {
      this.#turnedAway += 1;
      if (this.#turnedAway % ADMITTED_OF !== 0) return null;
    }
    const made = new Habit(now);
    this.#habits.add(key, made);
    return made;
  }
}
