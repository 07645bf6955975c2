/** How long bans are that grow. Milliseconds. */
export interface BanSteps {
  /** The first of an address. */
  readonly first: number;
  /** However often: no ban is longer. */
  readonly most: number;
  /** After so long without a ban the next one is a first one. */
  readonly decay: number;
}

interface Step {
  /** Bans so far, in a row. */
  readonly count: number;
  /** When the last one ends, milliseconds since the epoch. */
  readonly until: number;
}

/** Some 100 bytes each. Beyond these the one that was banned longest ago begins anew. */
const MAX_STEPS = 10_000;

/** How long the next ban of each address is: twice the one before, up to a bound, and forgotten after a time without one. */
export class BanLadder {
  readonly #steps = new Map<string, Step>();

  /** How many it remembers. */
  get size(): number {
    return this.#steps.size;
  }

  /** Takes the next step of an address or range. When its ban ends, milliseconds since the epoch. */
  climb(cidr: string, { first, most, decay }: BanSteps, wallNow: number): number {
    const before = this.#steps.get(cidr);
    const count = before === undefined || wallNow - before.until >= decay ? 1 : before.count + 1;
    // An exponent without a bound would be no number at last.
    const until = wallNow + Math.min(most, first * 2 ** Math.min(count - 1, 50));
    this.#steps.delete(cidr);
    this.#steps.set(cidr, { count, until });
    const [oldest] = this.#steps.keys();
    if (this.#steps.size > MAX_STEPS && oldest !== undefined) this.#steps.delete(oldest);
    return until;
  }

  /** Takes the last step back: it was a mistake. */
  descend(cidr: string, wallNow: number): void {
    const step = this.#steps.get(cidr);
    if (step === undefined) return;
    if (step.count === 1) this.#steps.delete(cidr);
    else this.#steps.set(cidr, { count: step.count - 1, until: wallNow });
  }
}
