import { Baseline, type BaselineLimits } from "./baseline.ts";
import type { DetectorServices, Learning } from "./detector.ts";

/** Routes that are told apart: as many as a configuration has, within reason. Further ones are not learnt. */
const MOST_ROUTES = 256;

/** What is usual on each route, in several measures. */
export class RouteBaselines<Measure extends string> {
  readonly #limits: Readonly<Record<Measure, BaselineLimits>>;
  readonly #services: DetectorServices;
  readonly #routes = new Map<string, Readonly<Record<Measure, Baseline>>>();
  readonly #measures: readonly Measure[];

  /** @param measures in the order in which they are made and told */
  constructor(
    measures: readonly Measure[],
    limits: Readonly<Record<Measure, BaselineLimits>>,
    services: DetectorServices,
  ) {
    this.#measures = measures;
    this.#limits = limits;
    this.#services = services;
  }

  /** Routes that are known. */
  get size(): number {
    return this.#routes.size;
  }

  /** What is usual on a route; `null` where there are too many routes. */
  of(route: string, now: number): Readonly<Record<Measure, Baseline>> | null {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    if (this.#routes.size >= MOST_ROUTES) return null;
    const made: Partial<Record<Measure, Baseline>> = {};
    for (const measure of this.#measures)
      made[measure] = new Baseline(this.#limits[measure], this.#services, now);
    // Every measure was made in the loop above.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    const baselines = made as Readonly<Record<Measure, Baseline>>;
    this.#routes.set(route, baselines);
    return baselines;
  }

  /** How far each route is learnt: when all its measures are. */
  learning(now: number): readonly Learning[] {
    return [...this.#routes].map(([route, baselines]) => ({
      route,
      learnt: this.#measures.every((measure) => baselines[measure].isLearnt(now)),
      samples: Math.min(...this.#measures.map((measure) => baselines[measure].samples)),
    }));
  }
}
