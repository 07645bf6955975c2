import type { DetectorServices, Learning } from "./detector.ts";
import type { Habit } from "./habits.ts";
import { Voices, type VoiceLimits } from "./voices.ts";

/** Routes that are told apart: as many as a configuration has, within reason. Further ones are not learnt. */
const MOST_ROUTES = 256;

/** What is measured in hours: messages within one, hours without a rest, and how large the largest messages of an hour are. */
export type HourMeasure = "perHour" | "awake" | "size";

/** Somebody sends too much for what is usual among callers of the route. */
export interface BeyondHours {
  readonly measure: HourMeasure;
  readonly value: number;
  readonly limit: number;
  readonly usual: number;
  readonly samples: number;
}

/** The limits of `RouteHours`. */
export interface HourLimits extends Readonly<Record<HourMeasure, VoiceLimits>> {
  /** Who was there while the route was learnt may send so many times their own highest hour. */
  readonly ownTimes: number;
  /** And be awake for so many times as long as they ever were. */
  readonly ownAwakeTimes: number;
}

/** Messages that somebody sent. */
export interface SentBy {
  readonly route: string;
  readonly messages: number;
  /** On average. */
  readonly bytesEach: number;
  readonly habit: Habit;
}

type Heard = Readonly<Record<HourMeasure, Voices>>;

/** What callers of each route send within an hour, and for how long without a rest. */
export class RouteHours {
  readonly #limits: HourLimits;
  readonly #services: DetectorServices;
  readonly #routes = new Map<string, Heard>();

  constructor(limits: HourLimits, services: DetectorServices) {
    this.#limits = limits;
    this.#services = services;
  }

  /** Counts messages of somebody. @returns in what they are beyond what is usual */
  count(sent: SentBy, now: number): readonly BeyondHours[] {
    const { route, messages, bytesEach, habit } = sent;
    const { hour, stretch } = habit.count(messages, bytesEach, now);
    const heard = this.#heardOn(route, now);
    if (heard === null) return [];
    const { perHour, awake, size } = heard;
    if (hour !== null && habit.takeVoice(now)) {
      perHour.hear(hour.messages, now);
      size.hear(hour.bytesEach, now);
    }
    if (stretch !== null) awake.hear(stretch, now);
    if (!perHour.isLearnt(now)) {
      habit.wasThere();
      return [];
    }
    const most = Math.max(perHour.limit(now), habit.highHour * this.#limits.ownTimes);
    const longest = Math.max(awake.limit(now), habit.longestAwake * this.#limits.ownAwakeTimes);
    return [
      ...beyond("perHour", { value: habit.suspicion, limit: most, of: perHour }),
      ...beyond("awake", { value: habit.awake, limit: longest, of: awake }),
    ];
  }

  /** What callers of a route say of the size of messages; `null`: nothing is known of it. */
  sizeOn(route: string): Voices | null {
    return this.#routes.get(route)?.size ?? null;
  }

  /** How far each route is learnt. Hours without a rest are known later, once many have rested. */
  learning(now: number): readonly Learning[] {
    return [...this.#routes].map(([route, { perHour }]) => ({
      route,
      learnt: perHour.isLearnt(now),
      samples: perHour.samples,
    }));
  }

  #heardOn(route: string, now: number): Heard | null {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    if (this.#routes.size >= MOST_ROUTES) return null;
    const made = {
      perHour: new Voices(this.#limits.perHour, this.#services, now),
      awake: new Voices(this.#limits.awake, this.#services, now),
      size: new Voices(this.#limits.size, this.#services, now),
    };
    this.#routes.set(route, made);
    return made;
  }
}

function beyond(
  measure: HourMeasure,
  { value, limit, of }: { readonly value: number; readonly limit: number; readonly of: Voices },
): readonly BeyondHours[] {
  return value > limit ? [{ measure, value, limit, usual: of.usual, samples: of.samples }] : [];
}
