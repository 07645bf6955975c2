import { Distinct } from "./distinct.ts";
import { Recent } from "./recent.ts";

const DAY_MS = 86_400_000;
/** So many people behind one address double what may go wrong there. */
const PEOPLE_THAT_DOUBLE = 20;
const GREATEST_FACTOR = 8;

class Home {
  readonly users = new Distinct();
  readonly suspicion = 0;
  since = Number.NEGATIVE_INFINITY;
  /** How many they were the day before. */
  before = 0;
}

/**
 * How many people are at home behind an address or in a subnet: users who were admitted from there today or the day before. Where many live, as behind
 * the NAT of an office or a mobile network, more go wrong without anybody being up to something. Users alone count, since
 * anonymous callers can be as many as one likes; and eight times as much is the most, since accounts can be had too.
 */
export class People {
  readonly #homes: Recent<Home>;
  readonly #seed: number;

  /** @param most addresses and subnets at most; of those from which nobody was admitted for longest, one goes */
  constructor(most: number, seed: number) {
    this.#homes = new Recent(most);
    this.#seed = seed;
  }

  /** A user was admitted. @param places the address and its subnet */
  admitted(places: readonly (string | null)[], user: string, now: number): void {
    for (const place of places) if (place !== null) this.#homeAt(place, now).users.add(user, this.#seed);
  }

  /** By how much more may go wrong there than where one person lives: 1 to 8. */
  factorAt(place: string): number {
    const home = this.#homes.get(place);
    if (home === undefined) return 1;
    const people = Math.max(home.before, home.users.count);
    return Math.min(GREATEST_FACTOR, 1 + people / PEOPLE_THAT_DOUBLE);
  }

  /** Addresses and subnets that are known. */
  get size(): number {
    return this.#homes.size;
  }

  #homeAt(place: string, now: number): Home {
    let home = this.#homes.get(place);
    if (home === undefined) {
      home = new Home();
      this.#homes.add(place, home);
    }
    if (now - home.since >= DAY_MS) {
      home.before = now - home.since < 2 * DAY_MS ? home.users.count : 0;
      home.users.clear();
      home.since = now;
    }
    return home;
  }
}
