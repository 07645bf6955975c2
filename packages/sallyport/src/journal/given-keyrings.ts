import type { Keyring } from "./journal-keys.ts";

/** Keys that are on their way to the thread of a journal, and the number of the entry in the ring that tells of them. */
export interface GivenKeyring {
  readonly number: number;
  readonly keyring: Keyring;
}

/** Takes the keys of a number; those before were given for an entry that somebody else came to. `null` where there are none. */
export function takeGiven(given: GivenKeyring[], number: number): Keyring | null {
  for (let next = given[0]; next !== undefined && next.number <= number; next = given[0]) {
    given.shift();
    if (next.number === number) return next.keyring;
  }
  return null;
}
