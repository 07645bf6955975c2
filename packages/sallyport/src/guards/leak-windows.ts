import { pairAt, scratch, SIGN_BITS, signPlaces } from "./leak-prefilter.ts";

/** What of a word stands around its pair: four bytes from the pair on, or that end with it; three of a word that is so short. */
const FOUR_AHEAD = 1;
const FOUR_BACK = 2;
const THREE_AHEAD = 4;
const THREE_BACK = 8;
/** Nothing is known of what stands around the pair. */
const ANY = 16;
/** A dot stands seven bytes before or behind a byte of the pair. */
const TWO_DOTS = 32;
const DOT = 0x2e;

/** Both cases of a letter are one. */
const FOLD_FOUR = 0x2020_2020;
const FOLD_THREE = 0x0020_2020;
const HASH_BITS = 15;

/**
 * Whether what stands around a pair may be a word that is looked for by it: a hash of three or four bytes, so that it errs on the
 * side of looking. Reads the block that was loaded, and takes no memory.
 */
export class Windows {
  /** Which windows the words of a number of signs have. */
  readonly #kinds: Uint8Array;
  readonly #seen = new Uint8Array(2 ** HASH_BITS);

  /** @param most the greatest number of signs */
  constructor(most: number) {
    this.#kinds = new Uint8Array(most + 1);
  }

  /** @param word absent: the pair is all @param offset where in the word the pair stands */
  add(signs: number, word: Uint8Array | null, offset: number): void {
    const kind = word === null ? ANY : kindOf(word.length, offset);
    this.#kinds[signs] = (this.#kinds[signs] ?? 0) | kind;
    if (word === null || kind === ANY) return;
    const start = offset - (kind === FOUR_BACK ? 2 : kind === THREE_BACK ? 1 : 0);
    const isThree = kind === THREE_AHEAD || kind === THREE_BACK;
    const key = keyOf(word, start, isThree);
    this.#seen[key] = (this.#seen[key] ?? 0) | kind;
  }

  addTwoDots(signs: number): void {
    this.#kinds[signs] = (this.#kinds[signs] ?? 0) | TWO_DOTS;
  }

  /**
   * Leaves those of the places where a word may be, and returns how many. Like the pass before it, it has hardly a branch.
   * @param table numbers of signs by pairs, above the bits about numbers
   */
  sift(table: Uint16Array): number {
    const seen = this.#seen;
    let count = 0;
    for (let index = 0; ; index++) {
      const at = signPlaces[index] ?? 0;
      if (at === 0) return count;
      const kinds = this.#kinds[pairAt(table, at) >> SIGN_BITS] ?? 0;
      const back = fourAt(at - 2);
      const here = fourAt(at);
      const ahead =
        ((seen[hash(here | FOLD_FOUR)] ?? 0) & FOUR_AHEAD) |
        ((seen[hash((here & 0xff_ffff) | FOLD_THREE)] ?? 0) & THREE_AHEAD);
      const behind =
        ((seen[hash(back | FOLD_FOUR)] ?? 0) & FOUR_BACK) |
        ((seen[hash((back >>> 8) | FOLD_THREE)] ?? 0) & THREE_BACK);
      const dots =
        Number(scratch[at + 7] === DOT) |
        Number(scratch[at + 8] === DOT) |
        Number(scratch[at - 7] === DOT) |
        Number(scratch[at - 6] === DOT);
      signPlaces[count] = at;
      count += -((ahead | behind | ANY | (dots << 5)) & kinds) >>> 31;
    }
  }
}

function kindOf(length: number, offset: number): number {
  if (offset + 4 <= length) return FOUR_AHEAD;
  if (offset >= 2) return FOUR_BACK;
  if (offset + 3 <= length) return THREE_AHEAD;
  return offset >= 1 ? THREE_BACK : ANY;
}

function hash(bytes: number): number {
  return Math.imul(bytes, 0x9e37_79b1) >>> (32 - HASH_BITS);
}

function keyOf(word: Uint8Array, start: number, isThree: boolean): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = word.subarray(start, start + 4);
  const three = first | (second << 8) | (third << 16);
  return hash(isThree ? three | FOLD_THREE : three | (fourth << 24) | FOLD_FOUR);
}

/** Four bytes of `scratch`, the first as the lowest. */
function fourAt(at: number): number {
  return (
    (scratch[at] ?? 0) |
    ((scratch[at + 1] ?? 0) << 8) |
    ((scratch[at + 2] ?? 0) << 16) |
    ((scratch[at + 3] ?? 0) << 24)
  );
}
