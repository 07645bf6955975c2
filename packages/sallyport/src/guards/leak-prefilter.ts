import { isDigit, pairOf } from "./leak-detector.ts";
import { isOfGroups } from "./leak-groups.ts";

/**
 * What is known of a pair of bytes: that both may stand in groups of digits and capitals; that both are digits; that one is a dot,
 * and the other a digit. Above these bits: the number of its signs.
 */
export const OF_GROUPS: number = 1;
/** Both are digits. */
export const ALL_DIGITS: number = 2;
/** One is a dot, the other a digit. */
export const DOTTED: number = 4;
/** All of them. */
export const GROUP_BITS: number = OF_GROUPS | ALL_DIGITS | DOTTED;
/** How many bits stand below the number of its signs. */
export const SIGN_BITS: number = 3;
/** The greatest number of signs. */
export const MAX_SIGNS: number = 2 ** 13 - 1;
/** Bytes that are looked at together, out of memory that is aligned. */
export const BLOCK: number = 16 * 1024;

const IS_LITTLE_ENDIAN = pairOf(1, 0) === 1;
const FIRST_SHIFT = IS_LITTLE_ENDIAN ? 0 : 16;
const SECOND_SHIFT = IS_LITTLE_ENDIAN ? 16 : 0;

/** Bytes around the block, so that what stands beside a place in it can be looked at without a question of where it ends. */
export const MARGIN: number = 8;

/** The block with its margins. */
export const scratch: Uint8Array = new Uint8Array(BLOCK + 2 * MARGIN);
const scratchWords = new Int32Array(scratch.buffer);

/** Where in `scratch` numbers may stand, by their fours of bytes. One more than there may be, since each is written before it counts. */
export const numberPlaces: Uint16Array = new Uint16Array(BLOCK / 4 + 1);
/** Where in `scratch` pairs with signs stand. */
export const signPlaces: Uint16Array = new Uint16Array(BLOCK / 2 + 1);

/** Copies a block and what stands around it; zeros beyond the message. Returns how many fours of bytes it has. */
export function load(bytes: Uint8Array, start: number): number {
  const size = Math.min(BLOCK, bytes.length - start);
  const from = Math.max(0, start - MARGIN);
  const to = Math.min(bytes.length, start + size + MARGIN);
  if (start === 0) for (let index = 0; index < MARGIN; index++) scratch[index] = 0;
  scratch.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), MARGIN - (start - from));
  const end = MARGIN + to - start;
  const zeros = Math.min(scratch.length, end + MARGIN + 3);
  for (let index = end; index < zeros; index++) scratch[index] = 0;
  return (size + 3) >> 2;
}

/**
 * Where in the loaded block something may stand: the places in `numberPlaces` and `signPlaces`, and how many numbers; a zero ends
 * the signs. All that most messages ever cost, so it
 * does nothing else, and has no branch for a processor to guess. Whole numbers with a sign, since a greater one would be no small
 * integer to the engine.
 */
export function collect(table: Uint16Array, words: number): number {
  let numbers = 0;
  let signs = 0;
  const start = MARGIN / 4;
  let before = firstPairAt(table, start - 1) & secondPairAt(table, start - 1);
  let last = firstPairAt(table, start - 1) | secondPairAt(table, start - 1);
  let dots = (firstPairAt(table, start - 2) | secondPairAt(table, start - 2) | last) & DOTTED;
  for (let index = start; index < start + words; index++) {
    // All indices are inside of their arrays.
    /* eslint-disable typescript/no-non-null-assertion */
    const word = scratchWords[index]!;
    const first = table[(word >>> FIRST_SHIFT) & 0xffff]!;
    const second = table[(word >>> SECOND_SHIFT) & 0xffff]!;
    /* eslint-enable typescript/no-non-null-assertion */
    const both = first & second;
    const either = first | second;
    // Two dots with a group between them: in these four bytes, or in this and one of the last eight.
    const seen = (both & (ALL_DIGITS | DOTTED | (before & OF_GROUPS))) | (either & dots);
    numberPlaces[numbers] = index;
    numbers += -seen >>> 31;
    signPlaces[signs] = index * 4;
    signs += -(first >> SIGN_BITS) >>> 31;
    signPlaces[signs] = index * 4 + 2;
    signs += -(second >> SIGN_BITS) >>> 31;
    dots = (either | last) & DOTTED;
    last = either;
    before = both;
  }
  signPlaces[signs] = 0;
  return numbers;
}

/** What is known of a pair, by its place in `scratch`. */
export function pairAt(table: Uint16Array, place: number): number {
  const word = scratchWords[place >> 2] ?? 0;
  return table[(word >>> ((place & 2) === 0 ? FIRST_SHIFT : SECOND_SHIFT)) & 0xffff] ?? 0;
}

/** What is known of the first two of four bytes. */
export function firstPairAt(table: Uint16Array, index: number): number {
  return table[((scratchWords[index] ?? 0) >>> FIRST_SHIFT) & 0xffff] ?? 0;
}

/** What is known of the second two. */
export function secondPairAt(table: Uint16Array, index: number): number {
  return table[((scratchWords[index] ?? 0) >>> SECOND_SHIFT) & 0xffff] ?? 0;
}

/** What is known of a pair besides its signs. */
export function groupBits(first: number, second: number): number {
  const digits = Number(isDigit(first)) + Number(isDigit(second));
  const dots = Number(first === DOT_BYTE) + Number(second === DOT_BYTE);
  if (dots > 0) return digits === 1 ? DOTTED : 0;
  return (isOfGroups(first) && isOfGroups(second) ? OF_GROUPS : 0) | (digits === 2 ? ALL_DIGITS : 0);
}
const DOT_BYTE = 0x2e;
