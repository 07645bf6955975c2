import { scratch } from "./leak-prefilter.ts";

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

const AHEAD = FOUR_AHEAD | THREE_AHEAD;
const BACK = FOUR_BACK | THREE_BACK;
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
    const key = isThree ? threeAt(word, start) : fourAt(word, start);
    this.#seen[key] = (this.#seen[key] ?? 0) | kind;
  }

  addTwoDots(signs: number): void {
    this.#kinds[signs] = (this.#kinds[signs] ?? 0) | TWO_DOTS;
  }

  /** @param at where in `scratch` the pair stands */
  mayBe(signs: number, at: number): boolean {
    const kinds = this.#kinds[signs] ?? 0;
    if ((kinds & ANY) !== 0 || ((kinds & TWO_DOTS) !== 0 && isTwoDots(at))) return true;
    const seen = this.#seen;
    if ((kinds & AHEAD) !== 0) {
      if ((kinds & FOUR_AHEAD) !== 0 && ((seen[fourAt(scratch, at)] ?? 0) & FOUR_AHEAD) !== 0) return true;
      if ((kinds & THREE_AHEAD) !== 0 && ((seen[threeAt(scratch, at)] ?? 0) & THREE_AHEAD) !== 0) return true;
    }
    if ((kinds & BACK) === 0) return false;
    if ((kinds & FOUR_BACK) !== 0 && ((seen[fourAt(scratch, at - 2)] ?? 0) & FOUR_BACK) !== 0) return true;
    return (kinds & THREE_BACK) !== 0 && ((seen[threeAt(scratch, at - 1)] ?? 0) & THREE_BACK) !== 0;
  }
}

/** Reads as far as the margins of the block reach. */
function isTwoDots(at: number): boolean {
  return (
    scratch[at + 7] === DOT || scratch[at + 8] === DOT || scratch[at - 7] === DOT || scratch[at - 6] === DOT
  );
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

function threeAt(bytes: Uint8Array, at: number): number {
  return hash((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | FOLD_THREE);
}

function fourAt(bytes: Uint8Array, at: number): number {
  const three = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return hash(three | ((bytes[at + 3] ?? 0) << 24) | FOLD_FOUR);
}
