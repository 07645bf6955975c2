/** The longest message that the program walks through; longer ones are looked at by other means. */
export const MAX_BYTES: number = 65_536;
/** Signs of one message whose places are told; one with more is looked at by other means. */
export const MAX_SIGNS: number = 4096;
/** Bytes of a vector. */
export const BLOCK: number = 16;
/** Zeros before the message and behind it: what is looked at beside a sign stands in memory. */
const MARGIN = 64;
const ROOM = MAX_BYTES + MARGIN;
const PAIRS = 1 << 14;

const words = 0;
const characters = words + 6 * BLOCK;
const rows = characters + 6 * BLOCK;
const count = rows + 2 * BLOCK;
const hostBytes = count + BLOCK;
const operatorWords = hostBytes + 2 * BLOCK;
const kinds = operatorWords + 128;
const names = kinds + 256;
const hosts = names + 256;
const pairs = hosts + 32 * 128;
const sides = pairs + PAIRS;
const triples = sides + PAIRS;
const signs = triples + 2 * PAIRS;
const found = signs + ROOM / 8;
const input = found + 2 * MAX_SIGNS + MARGIN;
const projection = input + ROOM;

/** What the memory of a walk through a message holds. */
type Place =
  /** Six tables of sixteen bytes each: see `tablesOf` of `threat-bytes.ts`. */
  | "words"
  | "characters"
  /** See `rowTables` there. */
  | "rows"
  /** How many signs were found. */
  | "count"
  /** See `threat-sign-tables.ts`. */
  | "hostBytes"
  | "operatorWords"
  | "kinds"
  | "names"
  /** See `innerShapes` of `threat-slashes.ts`. */
  | "hosts"
  | "pairs"
  | "sides"
  | "triples"
  /** A bit for each byte: a sign. */
  | "signs"
  /** Where signs stand, two bytes each. */
  | "found"
  /** The message. */
  | "input"
  /** The same with zeros for what is not ASCII. */
  | "projection";

/** Where it holds what. */
export const places: Readonly<Record<Place, number>> = {
  words,
  characters,
  rows,
  count,
  hostBytes,
  operatorWords,
  kinds,
  names,
  hosts,
  pairs,
  sides,
  triples,
  signs,
  found,
  input,
  projection,
};

/** Pages of it, 64 KiB each. */
export const PAGES: number = Math.ceil((projection + ROOM) / 65_536);
