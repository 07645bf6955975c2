import { Distinct } from "./distinct.ts";

/** So long callers are counted together. */
const TOGETHER_MS = 600_000;
/** So many of one route have more likely one cause, which is not theirs. */
const MANY = 8;
const MOST_ROUTES = 256;

class Told {
  readonly callers = new Distinct();
  from = Number.NEGATIVE_INFINITY;
}

/** Of how many callers of each route something was to be told lately: of many at once the route is told, and not each of them. */
export class ToldCallers {
  readonly #routes = new Map<string, Told>();
  readonly #seed: number;

  constructor({ seed }: { readonly seed: number }) {
    this.#seed = seed;
  }

  /** How long callers are counted together, in ms. */
  static readonly withinMs: number = TOGETHER_MS;

  /** Routes that are told apart. */
  get size(): number {
    return this.#routes.size;
  }

  /** One more is to be told. @returns about how many there are with it, where they are many; else `null` */
  add(route: string, who: string, now: number): number | null {
    const told = this.#routes.get(route) ?? new Told();
    if (this.#routes.size < MOST_ROUTES) this.#routes.set(route, told);
    if (now - told.from >= TOGETHER_MS) {
      told.from = now;
      told.callers.clear();
    }
    told.callers.add(who, this.#seed);
    const { count } = told.callers;
    return count > MANY ? count : null;
  }
}
