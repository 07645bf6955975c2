import { z } from "zod";
import { Baseline } from "./baseline.ts";
import type { DetectorServices } from "./detector.ts";
import { Distinct } from "./distinct.ts";

const MOST_ROUTES = 256;
/** Until a route is learnt, so many times the floor. */
const UNLEARNT_TIMES = 10;
const DEVIATIONS = 6;
const TIMES = 2.5;

/** How many are too many on a whole route, from many addresses. */
export interface CrowdLimits {
  /** Never less than this in a minute; an hour may have eight times as many. */
  readonly perMinute: number;
  /** From so many subnets at least. */
  readonly addresses: number;
}

/** Limits of a route, as an option. @param what is counted, in the plural */
export function crowdOption(
  what: string,
  perMinute: number,
): z.ZodPrefault<z.ZodObject<Record<keyof CrowdLimits, z.ZodDefault<z.ZodType<number, number>>>>> {
  return z
    .strictObject({
      perMinute: number
        .default(perMinute)
        .describe(`So many ${what} in a minute are always let pass; in an hour, eight times as many.`),
      addresses: number.default(20).describe("From so many subnets (/24, /48) at least."),
    })
    .prefault({})
    .describe(
      `Many more ${what} on one route than is usual there, from many addresses, each of which does little: told about the route, by an alert alone. Until a route is learnt, ten times as many.`,
    );
}

const number: z.ZodType<number, number> = z.int().min(1).max(1_000_000);

/** What was found of a route. */
export interface CrowdFound {
  readonly count: number;
  readonly withinMs: number;
  readonly addresses: number;
  readonly limit: number;
  readonly usual: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** So many times as much as in a minute may always go wrong in an hour. */
const HOUR_TIMES = 8;
/** Quiet windows that are learnt of at once. */
const MOST_QUIET = 60;

class Window {
  readonly addresses = new Distinct();
  readonly baseline: Baseline;
  readonly widthMs: number;
  readonly floor: number;
  count = 0;
  isTold = false;
  from: number;

  constructor(
    { widthMs, floor }: { widthMs: number; floor: number },
    services: DetectorServices,
    now: number,
  ) {
    this.widthMs = widthMs;
    this.floor = floor;
    this.baseline = new Baseline({ floor, deviations: DEVIATIONS, times: TIMES }, services, now);
    this.from = now;
  }
}

/**
 * Sees what no single address shows: attackers with so many addresses that each does next to nothing. Counts what goes wrong on a
 * route within a minute and an hour, and compares it with what is usual there; until that is learnt, with a limit ten times as high.
 */
export class Crowd {
  readonly #limits: CrowdLimits;
  readonly #services: DetectorServices;
  readonly #routes = new Map<string, readonly Window[]>();

  constructor(limits: CrowdLimits, services: DetectorServices) {
    this.#limits = limits;
    this.#services = services;
  }

  /** Routes that are told apart. */
  get size(): number {
    return this.#routes.size;
  }

  /** Counts one. What is found is told once in each window. @param subnet where it came from */
  add(route: string, subnet: string, now: number): CrowdFound | null {
    let found: CrowdFound | null = null;
    for (const window of this.#windowsOf(route, now)) {
      this.#turnOver(window, now);
      window.count += 1;
      window.addresses.add(subnet, this.#services.seed);
      found ??= this.#judge(window, now);
    }
    return found;
  }

  #judge(window: Window, now: number): CrowdFound | null {
    const { count, baseline, from, floor } = window;
    if (window.isTold || count < floor) return null;
    const limit = baseline.isLearnt(now) ? baseline.limit(now) : floor * UNLEARNT_TIMES;
    const addresses = window.addresses.count;
    if (count <= limit || addresses < this.#limits.addresses) return null;
    window.isTold = true;
    return { count, withinMs: now - from, addresses, limit, usual: baseline.usual };
  }

  // A quiet minute is as much worth knowing as a busy one, and most are quiet: those that were left out are learnt as such.
  #turnOver(window: Window, now: number): void {
    const passed = Math.floor((now - window.from) / window.widthMs);
    if (passed < 1) return;
    window.baseline.learn(this.#learnt(window, now), `${window.from}`, now);
    const quiet = Math.min(passed - 1, MOST_QUIET);
    for (let index = 1; index <= quiet; index += 1) window.baseline.learn(0, `${window.from} ${index}`, now);
    window.from += passed * window.widthMs;
    window.count = 0;
    window.isTold = false;
    window.addresses.clear();
  }

  // What was too much is no example of what is usual, or attacks would teach to expect them.
  #learnt({ count, baseline }: Window, now: number): number {
    return count > baseline.limit(now) ? baseline.usual * 2 : count;
  }

  #windowsOf(route: string, now: number): readonly Window[] {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    if (this.#routes.size >= MOST_ROUTES) return [];
    const { perMinute } = this.#limits;
    const windows = [
      new Window({ widthMs: MINUTE_MS, floor: perMinute }, this.#services, now),
      new Window({ widthMs: HOUR_MS, floor: perMinute * HOUR_TIMES }, this.#services, now),
    ];
    this.#routes.set(route, windows);
    return windows;
  }
}
