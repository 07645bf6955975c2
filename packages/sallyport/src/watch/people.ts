import { Distinct } from "./distinct.ts";

const DAY_MS = 86_400_000;
/** So many people behind one address double what it may do. */
const PEOPLE_THAT_DOUBLE = 20;
const GREATEST_FACTOR = 4;

class Home {
  readonly users = new Distinct();
  since = 0;
}

/**
 * How many people are at home behind an address or in a subnet: users who were admitted from there today. Where many live, as behind
 * the NAT of an office or a mobile network, more go wrong without anybody being up to something. Users alone count, since
 * anonymous callers can be as many as one likes; and four times as much is the most, since accounts can be had too.
 */
export class People {
  readonly #homes = new Map<string, Home>();
  readonly #most: number;
  readonly #seed: number;

  /** @param most addresses and subnets at most; the ones that were admitted longest ago go first */
  constructor(most: number, seed: number) {
    this.#most = most;
    this.#seed = seed;
  }

  /** A user was admitted. @param places the address and its subnet */
  admitted(places: readonly (string | null)[], user: string, now: number): void {
    for (const place of places) if (place !== null) this.#homeAt(place, now).users.add(user, this.#seed);
  }

  /** By how much more may go wrong there than where one person lives: 1 to 4. */
  factorAt(place: string): number {
    const home = this.#homes.get(place);
    return home === undefined ? 1 : Math.min(GREATEST_FACTOR, 1 + home.users.count / PEOPLE_THAT_DOUBLE);
  }

  /** Addresses and subnets that are known. */
  get size(): number {
    return this.#homes.size;
  }

  #homeAt(place: string, now: number): Home {
    let home = this.#homes.get(place);
    if (home === undefined || now - home.since >= DAY_MS) {
      home ??= new Home();
      home.users.clear();
      home.since = now;
    }
    this.#homes.delete(place);
    this.#homes.set(place, home);
    if (this.#homes.size > this.#most)
      for (const oldest of this.#homes.keys()) {
        this.#homes.delete(oldest);
        break;
      }
    return home;
  }
}
