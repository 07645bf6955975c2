const MINUTE_MS = 60_000;
/** Findings whose repetitions are told apart; those that were told longest ago go first. */
const REMEMBERED = 16_384;

/** What is so many times as bad as what was told is no repetition. */
const WORSE = 4;

/** What comes again and again without being answered is told less and less often, down to once a day. */
const LONGEST_QUIET_MS = 86_400_000;

interface Told {
  quietUntil: number;
  quietMs: number;
  magnitude: number;
  repeated: number;
}

/** A finding, as far as it matters here. */
export interface ToBeTold {
  readonly detector: string;
  /** The detector, and what the finding is about. */
  readonly key: string;
  /** Whether something is done about it: then it is not told less and less often. */
  readonly isAnswered: boolean;
  /** How bad it is, above 0. */
  readonly magnitude: number;
}

interface Budget {
  readonly detector: string;
  since: number;
  told: number;
  /** In the minute that goes on. */
  leftOut: number;
  /** In minutes that are over, and not yet asked for. */
  leftOutBefore: number;
}

/** What becomes of a finding. */
export type Telling =
  | {
      readonly verdict: "tell";
      /** How often the same was noticed since it was last told. */
      readonly repeated: number;
    }
  | { readonly verdict: "repeated" | "leftOut" };

const REPEATED: Telling = { verdict: "repeated" };
const LEFT_OUT: Telling = { verdict: "leftOut" };

/**
 * Keeps whoever reads findings from being flooded. The same about the same subject is told once in its quiet time, which
 * doubles, up to a day, as long as it comes again within twice that time and nothing is done about it. Beyond that each detector and rule has so many findings a minute, so that none can drown another's,
 * and as many again of those that are answered. What is not told is counted exactly.
 */
export class ToldFindings {
  readonly #quietMs: number;
  readonly #perMinute: number;
  readonly #told = new Map<string, Told>();
  readonly #budgets = new Map<string, Budget>();

  /** @param perMinute findings of one detector, those that are answered apart */
  constructor(quietMs: number, perMinute: number) {
    this.#quietMs = quietMs;
    this.#perMinute = perMinute;
  }

  /** Findings whose repetitions are told apart. */
  get size(): number {
    return this.#told.size;
  }

  /** Whether a finding is to be told. */
  judge({ detector, key: subject, isAnswered, magnitude }: ToBeTold, now: number): Telling {
    // Apart, since whoever can bring about an alert about themselves would else be let off what is done about worse.
    const key = isAnswered ? `answered ${subject}` : subject;
    const known = this.#told.get(key);
    if (known !== undefined && now < known.quietUntil && magnitude < known.magnitude * WORSE) {
      known.repeated += 1;
      return REPEATED;
    }
    const budget = this.#budgetOf(detector, isAnswered, now);
    if (budget.told >= this.#perMinute) {
      budget.leftOut += 1;
      return LEFT_OUT;
    }
    budget.told += 1;
    const goesOn = known !== undefined && now - known.quietUntil < known.quietMs && !isAnswered;
    const quietMs = goesOn
      ? Math.max(this.#quietMs, Math.min(known.quietMs * 2, LONGEST_QUIET_MS))
      : this.#quietMs;
    this.#told.delete(key);
    this.#told.set(key, { quietUntil: now + quietMs, quietMs, magnitude, repeated: 0 });
    this.#makeRoom();
    return { verdict: "tell", repeated: known?.repeated ?? 0 };
  }

  /** What was left out in minutes that are over, by detector, since this was last asked. Empty where nothing was. */
  takeLeftOut(now: number): ReadonlyMap<string, number> {
    const left = new Map<string, number>();
    for (const budget of this.#budgets.values()) {
      if (now - budget.since >= MINUTE_MS) endMinute(budget, now);
      const { detector, leftOutBefore } = budget;
      if (leftOutBefore > 0) left.set(detector, (left.get(detector) ?? 0) + leftOutBefore);
      budget.leftOutBefore = 0;
    }
    return left;
  }

  #budgetOf(detector: string, isAnswered: boolean, now: number): Budget {
    const key = isAnswered ? `answered ${detector}` : detector;
    let budget = this.#budgets.get(key);
    if (budget === undefined) {
      budget = { detector, since: now, told: 0, leftOut: 0, leftOutBefore: 0 };
      this.#budgets.set(key, budget);
    }
    if (now - budget.since >= MINUTE_MS) endMinute(budget, now);
    return budget;
  }

  #makeRoom(): void {
    if (this.#told.size <= REMEMBERED) return;
    for (const oldest of this.#told.keys()) {
      this.#told.delete(oldest);
      return;
    }
  }
}

/** In a flood it is a finding that comes first after the end of a minute, and not whoever asks. */
function endMinute(budget: Budget, now: number): void {
  budget.since = now;
  budget.told = 0;
  budget.leftOutBefore += budget.leftOut;
  budget.leftOut = 0;
}
