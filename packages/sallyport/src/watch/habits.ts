import { boundedKey } from "./hash-text.ts";
import { Recent } from "./recent.ts";

/** Measurements that are needed before somebody is compared with their own past: ten minutes of sending. */
const LEAST_SPANS = 60;
/** How much of the highest is left after a measurement: half after two hours of sending. */
const FADE = 0.999;
/** Once somebody is known, one measurement raises the highest by so much at most. */
const GREATEST_RISE = 1.25;
const DAY_MS = 86_400_000;
/** What was told of somebody is usual for them until they have not done it for so long. */
const REMEMBER_MS = 7 * DAY_MS;
/** How often somebody is heard in a day about what is usual on a route. */
const VOICES_A_DAY = 3;
/** And so much more is news. */
const NEWS = 3;
/** Where there are more callers than can be told apart, one in so many newcomers gets in. */
const ADMITTED_OF = 8;
const HOUR_MS = 3_600_000;
/** Who sends nothing for so long has had a rest. */
const REST_MS = 2 * HOUR_MS;

/** What is measured of a caller. */
export type HabitMeasure = "rate" | "size" | "perHour" | "awake";

/** What came of counting messages. */
export interface Counted {
  /** What came in the hour that is over, if one is; and how large its largest messages were, on average of a measurement. */
  readonly hour: { readonly messages: number; readonly bytesEach: number } | null;
  /** For how many hours they had been awake, if they have had a rest. */
  readonly stretch: number | null;
}

/** What somebody is used to send on one route. */
export class Habit {
  #high = 0;
  #spans = 0;
  readonly #told: Record<HabitMeasure, number> = { rate: 0, size: 0, perHour: 0, awake: 0 };
  #toldAt = Number.NEGATIVE_INFINITY;
  #hourFrom: number;
  #inHour = 0;
  #largest = 0;
  #highHour = 0;
  #isHourTold = false;
  #awakeFrom: number;
  #sentAt: number;
  #longest = Number.POSITIVE_INFINITY;
  #dayFrom: number;
  #voices = 0;

  constructor(now: number) {
    this.#hourFrom = now;
    this.#awakeFrom = now;
    this.#sentAt = now;
    this.#dayFrom = now;
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

  /** The most within an hour while the route was learnt; 0 for who came later. */
  get highHour(): number {
    return this.#highHour;
  }

  /**
   * The longest that they were awake, in hours, of who was there while the route was learnt; infinite until they rest: a program,
   * from the beginning. 0 for who came later.
   */
  get longestAwake(): number {
    return this.#highHour > 0 ? this.#longest : 0;
  }

  /** The route is still learnt: what they do now is theirs. */
  wasThere(): void {
    this.#highHour = Math.max(this.#highHour, this.#inHour);
  }

  /** Takes a measured rate. */
  sent(rate: number): void {
    const most = this.#spans < LEAST_SPANS ? rate : Math.min(rate, Math.max(1, this.#high) * GREATEST_RISE);
    this.#high = Math.max(this.#high * FADE, most);
    this.#spans += 1;
  }

  /** Counts messages. @param bytesEach how large they are on average */
  count(messages: number, bytesEach: number, now: number): Counted {
    const isOver = now - this.#hourFrom >= HOUR_MS;
    const hour = isOver ? { messages: this.#inHour, bytesEach: this.#largest } : null;
    if (isOver) {
      this.#hourFrom = now;
      this.#inHour = 0;
      this.#largest = 0;
      this.#isHourTold = false;
    }
    const hasRested = now - this.#sentAt >= REST_MS;
    const stretch = hasRested ? this.awake : null;
    if (stretch !== null) {
      this.#longest = Math.max(Number.isFinite(this.#longest) ? this.#longest : 0, stretch);
      this.#awakeFrom = now;
    }
    this.#sentAt = now;
    this.#inHour += messages;
    this.#largest = Math.max(this.#largest, bytesEach);
    return { hour, stretch };
  }

  /** Whether they have a voice left in what is usual on the route; then it is one less. */
  takeVoice(now: number): boolean {
    if (now - this.#dayFrom >= DAY_MS) {
      this.#dayFrom = now;
      this.#voices = 0;
    }
    if (this.#voices >= VOICES_A_DAY) return false;
    this.#voices += 1;
    return true;
  }

  /** Whether a value, above 0, is news about somebody of whom it was told before; then it is not the next time, as long as they go on with it. */
  isNews(measure: HabitMeasure, value: number, now: number): boolean {
    if (now - this.#toldAt >= REMEMBER_MS)
      Object.assign(this.#told, { rate: 0, size: 0, perHour: 0, awake: 0 });
    const before = this.#told[measure];
    // Who is awake grows ever more so.
    const news = measure === "awake" ? Number.POSITIVE_INFINITY : before * NEWS;
    const isNews = (before === 0 || value >= news) && !(measure === "perHour" && this.#isHourTold);
    this.#toldAt = now;
    if (!isNews) return false;
    if (measure === "perHour") this.#isHourTold = true;
    this.#told[measure] = value;
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

  /** What a caller is used to on a route; `null` where there are too many to tell apart. */
  of(route: string, who: string, now: number): Habit | null {
    const key = boundedKey(`${route} ${who}`, this.#seed);
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
