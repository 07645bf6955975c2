import type {
  Entered,
  Entry,
  EntryRefusal,
  Place,
  Quotas,
  QuotaScopes,
  Rate,
  Spend,
} from "../guards/quotas.ts";
import type { Ask, Tell } from "./calls.ts";
import type { StateAnswers } from "./worker-desk.ts";

/** How a worker reaches the primary process. */
export interface ToPrimary {
  readonly ask: Ask<StateAnswers>;
  readonly tell: Tell<StateAnswers>;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** Keys whose rate a worker follows at a time, for each guard of each route; the one that was quiet longest is forgotten first. */
const MAX_KEYS = 65_536;
/** What is taken between two reports to the primary process: a twentieth of a second's worth, but no more than of the burst. */
const REPORTS_PER_SECOND = 20;
const REPORTS_PER_BURST = 4;
/** How long who takes waits for a report that has not been answered, milliseconds: longer than it usually takes. */
const ANSWER_WITHIN_MS = 5;

/**
 * The quotas of a worker: its places are the primary process's to give, so they are counted exactly. Messages cannot wait for
 * another process: what they take from a rate is reported in portions, and the answer says how long to wait. So all workers
 * together may be ahead of the rate by two portions each, and by one message of each connection in every five milliseconds that an
 * answer takes; that is debt, and paid.
 */
export function createWorkerQuotas(primary: ToPrimary): QuotaScopes {
  const scopes = new Map<string, Quotas>();
  return {
    of(scope) {
      const quotas = scopes.get(scope) ?? new WorkerQuotas(scope, primary);
      scopes.set(scope, quotas);
      return quotas;
    },
  };
}

class WorkerQuotas implements Quotas {
  readonly #scope: string;
  readonly #primary: ToPrimary;
  readonly #spending = new Map<string, Spending>();

  constructor(scope: string, primary: ToPrimary) {
    this.#scope = scope;
    this.#primary = primary;
  }

  async enter(entry: Entry): Promise<Entered> {
    const { refusal, places } = await this.#primary.ask("enter", this.#scope, entry);
    let held = places;
    const release = (): void => {
      if (held !== null) this.#primary.tell("leave", held);
      held = null;
    };
    return { refusal, release };
  }

  async room(places: readonly Place[]): Promise<EntryRefusal | null> {
    return await this.#primary.ask("room", this.#scope, places);
  }

  spender(rate: Rate): Spend {
    const name = `${rate.perSecond}/${rate.burst} ${rate.key}`;
    const spending = this.#spending.get(name) ?? new Spending(this.#scope, rate, this.#primary);
    this.#spending.delete(name);
    this.#spending.set(name, spending);
    const [oldest] = this.#spending.size > MAX_KEYS ? this.#spending.keys() : [];
    if (oldest !== undefined) this.#spending.delete(oldest);
    return (amount, now) => spending.take(amount, now);
  }
}

/** What this worker takes from one rate. */
class Spending {
  readonly #scope: string;
  readonly #rate: Rate;
  readonly #primary: ToPrimary;
  readonly #portion: number;
  #unreported = 0;
  #reporting = false;
  #paidAt = 0;

  constructor(scope: string, rate: Rate, primary: ToPrimary) {
    this.#scope = scope;
    this.#rate = rate;
    this.#primary = primary;
    this.#portion = Math.max(
      1,
      Math.floor(Math.min(rate.perSecond / REPORTS_PER_SECOND, rate.burst / REPORTS_PER_BURST)),
    );
  }

  take(amount: number, now: number): number {
    this.#unreported += amount;
    if (this.#unreported >= this.#portion && !this.#reporting) void this.#report();
    const tooFarAhead = this.#unreported >= 2 * this.#portion ? ANSWER_WITHIN_MS : 0;
    return Math.max(0, this.#paidAt - now, tooFarAhead);
  }

  /** Fails only when the primary process has gone, and then this worker goes, too. */
  async #report(): Promise<void> {
    this.#reporting = true;
    try {
      while (this.#unreported >= this.#portion) {
        const amount = this.#unreported;
        const waitMs = await this.#primary.ask("spend", this.#scope, this.#rate, amount);
        this.#unreported -= amount;
        this.#paidAt = this.#primary.now() + waitMs;
      }
      this.#reporting = false;
    } catch {
      // Reports no more: what is taken from now on waits.
    }
  }
}
