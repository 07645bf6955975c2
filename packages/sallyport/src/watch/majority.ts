import { hashText } from "./hash-text.ts";

/** What was counted so long ago counts half, again and again. */
const MOST = 64;

/**
 * Whether most of what comes is the same, in three numbers, however many kinds there are (the majority vote of Boyer and Moore,
 * 1981): what differs from the candidate takes from its lead, so that the lead is about its share less that of all others.
 */
export class Majority {
  #candidate = 0;
  #lead = 0;
  #total = 0;

  /** Counts one. @param seed the same for all texts of one vote */
  add(text: string, seed: number): void {
    const came = hashText(text, seed);
    if (this.#lead === 0) this.#candidate = came;
    this.#lead += came === this.#candidate ? 1 : -1;
    this.#total += 1;
    if (this.#total < MOST) return;
    this.#lead = Math.floor(this.#lead / 2);
    this.#total /= 2;
  }

  /** Whether about such a share of all is of one kind. @param share above one half */
  has(share: number): boolean {
    return this.#lead >= this.#total * (2 * share - 1);
  }
}
