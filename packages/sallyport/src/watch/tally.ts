import { Counts, type CountLimits, type Reached } from "./counts.ts";
import { Distinct } from "./distinct.ts";
import type { Suspect } from "./suspects.ts";

/** A limit that was reached, and whether by what was their own alone, so that they may be held to it. */
export interface TallyReached extends Reached {
  readonly isOwn: boolean;
}

/** By how much limits are raised. */
export interface Factors {
  readonly all: number;
  /** Of what was their own alone. */
  readonly own: number;
}

/** What is kept of an address, a subnet, a user or a session that does what it should not: how often, of how many kinds, from where. */
export class Tally implements Suspect {
  readonly counts: Counts = new Counts();
  /** Of today. */
  readonly kinds: Distinct = new Distinct();
  /** Of today, of what nobody else can have caused. */
  readonly ownKinds: Distinct = new Distinct();
  /** Of today. */
  readonly places: Distinct = new Distinct();
  /**
   * What nobody else can have caused, by windows of its own: what somebody did hours ago is not held against them because others add
   * to it now, and whoever adds what others could have caused is let off nothing.
   */
  readonly #own = new Counts();
  #isLastOwn = false;

  /** Counts one. @param isOwn whether nobody else can have caused it */
  add(now: number, weight: number, isOwn = false): void {
    this.#isLastOwn = isOwn;
    if (isOwn) this.#own.add(now, weight);
    if (!this.counts.add(now, weight)) return;
    this.kinds.clear();
    this.ownKinds.clear();
    this.places.clear();
  }

  /** Takes what was counted before. Of that one is taken to be their own: the first was counted before this was kept. */
  inherit(count: number, now: number): void {
    this.counts.inherit(count, now);
    this.#own.inherit(Math.min(count, 1), now);
  }

  /**
   * As `Counts` has it, of all that was counted or of what was their own. Asked right after `add`.
   *
   * @param factors of the limits; `own`, of what was their own, is the same where it is absent
   */
  reached(limits: CountLimits, factors: number | Factors, now: number): TallyReached | null {
    const { all: factor, own: ownFactor } =
      typeof factors === "number" ? { all: factors, own: factors } : factors;
    const own = this.#isLastOwn ? this.#own.reached(limits, ownFactor, now) : null;
    const found = this.counts.reached(limits, factor, now) ?? own;
    return found === null ? null : { ...found, isOwn: own !== null };
  }

  /** How much there is today. */
  get suspicion(): number {
    return this.counts.today;
  }
}
