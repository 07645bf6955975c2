import { hashText } from "./hash-text.ts";

const BITS = 64;
/** Of longer texts only the beginning counts, so that nobody makes us read much. */
const LONGEST_TEXT = 256;

/**
 * About how many different texts were added: linear counting over 64 bits (Whang et al. 1990). Within one for a handful (of five, two
 * share a bit with one seed in seven), within a fifth up to some hundred, and never more than 270. Eight bytes, however many are added.
 */
export class Distinct {
  #low = 0;
  #high = 0;

  /** @param seed the same for all texts of one counter */
  add(text: string, seed: number): void {
    const bit = hashText(text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text, seed) % BITS;
    if (bit < 32) this.#low |= 1 << bit;
    else this.#high |= 1 << (bit - 32);
  }

  /** Forgets everything. */
  clear(): void {
    this.#low = 0;
    this.#high = 0;
  }

  /** How many there are, about. */
  get count(): number {
    const free = Math.max(1, BITS - bitsIn(this.#low) - bitsIn(this.#high));
    return Math.round(BITS * Math.log(BITS / free));
  }
}

function bitsIn(word: number): number {
  let left = word - ((word >>> 1) & 0x5555_5555);
  left = (left & 0x3333_3333) + ((left >>> 2) & 0x3333_3333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
