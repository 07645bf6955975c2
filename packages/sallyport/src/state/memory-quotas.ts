import { DebtBucket } from "../guards/debt-bucket.ts";
import { createKeyedBuckets, type KeyedBuckets } from "../guards/keyed-buckets.ts";
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

/** Keys of one rate that are told apart; at about 200 bytes each they take 13 MiB. */
const MAX_KEYS = 65_536;
/** Rates of one guard that are kept at a time: the one in force, and those of open connections from before a reload. */
const MAX_RATES = 4;

/** What is kept for keys of one rate. */
interface RateState {
  readonly buckets: KeyedBuckets;
  readonly debts: Map<string, DebtBucket>;
}

/** Keeps quotas in the memory of this process. Bounded by the connections that are open, and by `MAX_KEYS` keys of each rate. */
export function createMemoryQuotas(): QuotaScopes {
  const scopes = new Map<string, Quotas>();
  return {
    of(scope) {
      const quotas = scopes.get(scope) ?? new MemoryQuotas();
      scopes.set(scope, quotas);
      return quotas;
    },
  };
}

class MemoryQuotas implements Quotas {
  readonly #taken = new Map<string, number>();
  readonly #rates = new Map<string, RateState>();

  enter({ rate, places, evenIfRefused }: Entry, now: number): Entered {
    const waitMs = rate === null ? 0 : this.#rateOf(rate).buckets.take(rate.key, now);
    const refusal: EntryRefusal | null = waitMs > 0 ? { place: null, taken: 0, waitMs } : this.room(places);
    if (refusal !== null && !evenIfRefused) return { refusal, release: () => {} };
    for (const { key } of places) this.#add(key, 1);
    let left = places;
    const release = (): void => {
      for (const { key } of left) this.#add(key, -1);
      left = [];
    };
    return { refusal, release };
  }

  room(places: readonly Place[]): EntryRefusal | null {
    const place = places.findIndex(({ key, limit }) => this.#takenOf(key) >= limit);
    const found = places[place];
    return found === undefined ? null : { place, taken: this.#takenOf(found.key), waitMs: 0 };
  }

  spender(rate: Rate, now: number): Spend {
    const { debts } = this.#rateOf(rate);
    const bucket = debts.get(rate.key) ?? new DebtBucket(rate.perSecond, rate.burst, now);
    // In the order of their last use: the first is the one that nobody asked for longest.
    debts.delete(rate.key);
    debts.set(rate.key, bucket);
    forgetOldest(debts, MAX_KEYS);
    return (amount, at) => bucket.take(amount, at);
  }

  #takenOf(key: string): number {
    return this.#taken.get(key) ?? 0;
  }

  #add(key: string, change: number): void {
    const taken = this.#takenOf(key) + change;
    if (taken > 0) this.#taken.set(key, taken);
    else this.#taken.delete(key);
  }

  #rateOf({ perSecond, burst }: Rate): RateState {
    const name = `${perSecond}/${burst}`;
    const known = this.#rates.get(name);
    if (known !== undefined) return known;
    const made: RateState = {
      buckets: createKeyedBuckets({ perSecond, burst, maxKeys: MAX_KEYS }),
      debts: new Map(),
    };
    this.#rates.set(name, made);
    forgetOldest(this.#rates, MAX_RATES);
    return made;
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.size > most ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
