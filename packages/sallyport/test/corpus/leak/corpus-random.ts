/** Chance for the corpus, the same each time: mulberry32 over a seed. */
export class CorpusRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number between the two, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.between(0, values.length - 1)];
    if (value === undefined) throw new TypeError("nothing to pick from");
    return value;
  }

  /** So many characters of an alphabet. */
  text(length: number, alphabet: string): string {
    return Array.from({ length }, () => alphabet[this.between(0, alphabet.length - 1)]).join("");
  }

  digits(length: number): string {
    return this.text(length, "0123456789");
  }
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const DIGITS = "0123456789";

/** Alphabets that tokens are made of. */
export const alphabet: Readonly<
  Record<
    "upper" | "lower" | "alnum" | "upperAlnum" | "lowerAlnum" | "hex" | "base64" | "url" | "base32",
    string
  >
> = {
  upper: UPPER,
  lower: LOWER,
  alnum: UPPER + LOWER + DIGITS,
  upperAlnum: UPPER + DIGITS,
  lowerAlnum: LOWER + DIGITS,
  hex: "0123456789abcdef",
  base64: `${UPPER}${LOWER}${DIGITS}+/`,
  url: `${UPPER}${LOWER}${DIGITS}-_`,
  base32: `${UPPER}234567`,
};
