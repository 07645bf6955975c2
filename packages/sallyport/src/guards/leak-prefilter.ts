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

/** The block, and where in it something may stand. */
export const scratch: Uint8Array = new Uint8Array(BLOCK + 4);
const scratchWords = new Int32Array(scratch.buffer);

/** Places in the block, by their fours of bytes. */
export const candidates: Uint16Array = new Uint16Array(BLOCK / 4);

/**
 * Where in the block something may stand: the places in `candidates`, and how many. All that most messages ever cost, so it does
 * nothing else. Whole numbers with a sign, since a greater one would be no small integer to the engine.
 */
export function collect(table: Uint16Array, words: number): number {
  let count = 0;
  let before = 0;
  for (let index = 0; index < words; index++) {
    // All indices are inside of their arrays.
    /* eslint-disable typescript/no-non-null-assertion */
    const word = scratchWords[index]!;
    const first = table[(word >>> FIRST_SHIFT) & 0xffff]!;
    const second = table[(word >>> SECOND_SHIFT) & 0xffff]!;
    /* eslint-enable typescript/no-non-null-assertion */
    const both = first & second;
    const either = first | second;
    if (((both & (ALL_DIGITS | (before & OF_GROUPS))) | (either & ~(OF_GROUPS | ALL_DIGITS))) !== 0)
      candidates[count++] = index;
    before = both;
  }
  return count;
}

/** What is known of the first two of four bytes of the block. */
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
