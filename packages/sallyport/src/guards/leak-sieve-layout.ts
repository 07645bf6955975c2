import { Buffer } from "node:buffer";
import { markHalves } from "./byte-halves.ts";
import { isAlphanumeric } from "./leak-detector.ts";
import { separatorCode } from "./leak-groups.ts";

/** Bytes in which numbers are looked for together: of sixty-four, eight are known before them and eight behind. */
export const WINDOW: number = 48;
/** Bytes that are looked at together. */
export const CHUNK: number = 334 * WINDOW;
/** Bytes before them: what stands beside a place is part of what is found there. */
export const BEFORE: number = 64;
/** Bytes behind them. */
export const AFTER: number = 48;

/** Where the memory holds what. Sizes are those of the tables, or of what is known about every byte of a chunk. */
export const places = {
  /** Eight tables of sixteen bytes for each set of eight buckets. */
  buckets: 0,
  /** What each byte is: see `byteKinds`. */
  kinds: 256,
  /** See `rowTables`. */
  rows: 704,
  /** How many numbers and codes may begin somewhere. */
  numbers: 736,
  /** By its length: what a number of digits alone may begin with, a bit each. */
  alone: 512,
  /** By its length: whether a code of digits and capitals is looked for. */
  lettered: 640,
  /** By the key of two groups: whether a value has them; 1 with or without a third, 2 with a third. */
  begins: 1024,
  /** By the hash of two, three and four bytes: a bit where a word is looked for by them. */
  filters: 5120,
  /** By the hash of two bytes: where the first record with them stands. */
  heads: 8192,
  /** A bit for each byte: digits, capitals, signs between groups, dots. */
  digits: 40_960,
  capitals: 43_264,
  signs: 45_568,
  dots: 47_872,
  /** A bit where a number or a code may begin. */
  seen: 50_176,
  /** A bit where four bytes end that may be those of a word. */
  hits: 70_656,
  input: 53_248,
  /** Words that were seen, and pairs of dots: a place and a number in eight bytes. */
  words: 73_728,
} as const;

/** Bits of what a byte is: before a sign such as `@`, behind one; and from the fourth on what separates groups. */
export const byteKinds = { before: 1, behind: 2, separator: 4 } as const;
/** Signs of the local part of an address. */
const LOCAL_SIGNS = new Set(Buffer.from("._%+-"));

/** What each byte is. */
export function kindsOf(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const isName = isAlphanumeric(byte);
    return (
      (isName || LOCAL_SIGNS.has(byte) ? byteKinds.before : 0) |
      (isName ? byteKinds.behind : 0) |
      (separatorCode(byte) << byteKinds.separator)
    );
  });
}

/** Bits of a hash. */
export const HASH_BITS: number = 13;
/** Multiplied by, for a hash. */
export const HASH_FACTOR: number = 0x9e37_79b1 | 0;
/** Both cases of a letter are one. */
export const FOLD: number = 0x2020_2020;
/** Of four bytes, the first as the lowest: the first two, three, and all. */
export const MASKS = [0xffff, 0xff_ffff, -1] as const;
/** Of the bits for one number of bytes. */
export const FILTER_BYTES: number = 2 ** (HASH_BITS - 3);

/** The hash of the first `count` of four bytes, the first as the lowest. */
export const hashOf = (four: number, count: 2 | 3 | 4): number =>
  Math.imul((four | FOLD) & (MASKS[count - 2] ?? 0), HASH_FACTOR) >>> (32 - HASH_BITS);

/** Where in the filters the bit of a hash stands: the byte, and the bit in it. */
export const filterBit = (hash: number, count: 2 | 3 | 4): readonly [at: number, bit: number] => [
  (count - 2) * FILTER_BYTES + (hash >> 3),
  1 << (hash & 7),
];

/** A word as the program compares it: eight bytes around those by which it is looked for. */
export const record = {
  bytes: 40,
  expected: 0,
  mask: 8,
  fold: 16,
  delta: 24,
  offset: 28,
  id: 32,
  next: 36,
} as const;

/** The number of a sign such as `@` in the list of words. */
export const SIGN: number = 0;
/** Two dots. */
export const DOTS: number = 1;
/** The first word. */
export const FIRST_WORD: number = 2;

/** Digits and capitals at least of a value without groups. */
export const MIN_ALONE: number = 8;
/** Lengths of groups are less than this. */
export const LENGTHS: number = 32;

/** What a byte is, as the program tells it by its halves: capitals have two bits, since they stand in two rows of ASCII. */
const rows = [
  { bit: 0x80, bytes: "0123456789" },
  { bit: 0x40, bytes: "-. " },
  { bit: 0x20, bytes: "." },
  { bit: 0x10, bytes: "ABCDEFGHIJKLMNO" },
  { bit: 0x08, bytes: "PQRSTUVWXYZ" },
] as const;

/** Two tables of sixteen bytes: by the lower and by the upper half of a byte. */
export function rowTables(): Uint8Array {
  const tables = new Uint8Array(32);
  for (const { bit, bytes } of rows)
    for (const byte of Buffer.from(bytes)) markHalves(tables, 0, { byte, bit });
  return tables;
}
