import { Buffer } from "node:buffer";

/**
 * A walk through the bytes of a message, sixteen at a time: WebAssembly has vectors, which JavaScript has not. What it looks for is data
 * (`WORDS`, `CHARACTERS`); the program is put together below, instruction by instruction, and reads its tables from its memory.
 */

/** The longest message that it walks through; longer ones are looked at by other means. */
const MAX_BYTES = 65_536;
/** Where its memory holds what: tables, the message, and the message with zeros for what is not ASCII. */
const [WORD_TABLES, CHARACTER_TABLES, INPUT, PROJECTION, SLASHES] = [
  0,
  256,
  1024,
  1024 + MAX_BYTES + 64,
  1024 + 2 * (MAX_BYTES + 64),
];
const PAGES = 3;
const BLOCK = 16;

/** Three bytes behind one another, each one of some. */
type Triple = readonly [readonly number[], readonly number[], readonly number[]];

const ANY: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);
const bytesOf = (chars: string): readonly number[] => [
  ...new Set(Buffer.from(chars.toLowerCase() + chars.toUpperCase())),
];
const letters = (first: string, second: string, third: string): Triple => [
  bytesOf(first),
  bytesOf(second),
  bytesOf(third),
];
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Three letters of every word of the prefilter that no sign stands beside, in either case. */
const WORDS: readonly Triple[] = [
  letters("u", "n", "i"),
  letters("l", "c", "a"),
  letters("r", "s", "h"),
  letters("s", "s", "w"),
  letters("y", " +", "0123456789"),
  letters("q", "l", "."),
  letters("p", "_", "cdr"),
  letters("_", "s", "c"),
];

/** What is unusual or looks like ASCII beyond it, in UTF-8: see `LOOKALIKES` of the prefilter and `UNUSUAL` of the hygiene. */
const CHARACTERS: readonly Triple[] = [
  [[0xef], [0xbc], [0x82, 0x87, 0x8e, 0x8f]],
  [[0xef], [0xbc], [0x9c, 0x9e, 0xbc]],
  [[0xe2], [0x80], [0xa4, ...range(0x8b, 0x8f), ...range(0xa8, 0xae)]],
  [[0xe2], [0x81, 0x88], [0x95, 0x96, ...range(0xa0, 0xa9)]],
  [[0xef], [0xbb], [0xbf]],
  [[0xc2], [0xad, ...range(0x80, 0xa0)], ANY],
  [[0x80], [0x82], range(0x30, 0x39)],
  [[0x7f], ANY, ANY],
];

/**
 * For each byte of a triple, two tables: which triples take its lower half, and which its upper half, a bit each. A triple that takes
 * both may still not take the byte: a hit is a reason to look, none is certain.
 */
function tablesOf(triples: readonly Triple[]): Uint8Array {
  const tables = new Uint8Array(6 * BLOCK);
  for (const [bit, triple] of triples.entries())
    for (const [index, bytes] of triple.entries())
      for (const byte of bytes) {
        for (const at of [2 * index * BLOCK + (byte & 15), (2 * index + 1) * BLOCK + (byte >> 4)])
          tables[at] = (tables[at] ?? 0) | (1 << bit);
      }
  return tables;
}

/** A number as the binary format has it, unsigned and signed (LEB128). */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}

const [I32, V128, VOID] = [0x7f, 0x7b, 0x40];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i32 = (value: number): number[] => [0x41, ...signed(value)];
const [ADD, SHIFT_LEFT, SHIFT_RIGHT, OR_I32, LESS_UNSIGNED, POPULATION, STORE_16] = [
  0x6a, 0x74, 0x76, 0x72, 0x49, 0x69, 0x3b,
];
const chain = (...parts: readonly (readonly number[])[]): number[] => parts.flat();
const vector = (operation: number): number[] => [0xfd, ...unsigned(operation)];
/** Without alignment, at a fixed offset from the address on the stack. */
const load = (offset: number): number[] => [...vector(0x00), 0, ...unsigned(offset)];
const store = (offset: number): number[] => [...vector(0x0b), 0, ...unsigned(offset)];
const SWIZZLE = vector(0x0e);
const SPLAT = vector(0x0f);
const EQUAL = vector(0x23);
const LESS_OR_EQUAL = vector(0x2a);
const AND = vector(0x4e);
const AND_NOT = vector(0x4f);
const OR = vector(0x50);
const ANY_TRUE = vector(0x53);
const BITS = vector(0x64);
const SHIFT_DOWN = vector(0x6d);
const SHIFT_SIGN = vector(0x6c);

// Locals of a program. The first is its parameter.
const [LENGTH, AT, COLONS, FIRST, SECOND, THIRD, SPACES, HALF, TABLES] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Locals of one set of triples: six tables, and what was found. */
const [LOCALS_OF_TRIPLES, FOUND] = [7, 6];

/** Which triples take a byte of the vector: its halves looked up in both tables. */
function take(bytes: number, tables: number): number[] {
  const lower = [...get(tables), ...get(bytes), ...get(HALF), ...AND, ...SWIZZLE];
  const upper = [...get(tables + 1), ...get(bytes), ...i32(4), ...SHIFT_DOWN, ...SWIZZLE];
  return [...lower, ...upper, ...AND];
}

const prepare = (tables: number, address: number): number[] =>
  range(0, 5).flatMap((index) => chain(i32(0), load(address + index * BLOCK), set(tables + index)));

const search = (tables: number): number[] => [
  ...take(FIRST, tables),
  ...take(SECOND, tables + 2),
  ...AND,
  ...take(THIRD, tables + 4),
  ...AND,
  ...get(tables + FOUND),
  ...OR,
  ...set(tables + FOUND),
];

const isByte = (bytes: number, byte: number): number[] => [...get(bytes), ...i32(byte), ...SPLAT, ...EQUAL];

/** Counts colons behind a quote; remembers white space before one. */
const COUNT: readonly number[] = [
  ...isByte(FIRST, 0x22),
  ...isByte(SECOND, 0x3a),
  ...AND,
  ...BITS,
  POPULATION,
  ...get(COLONS),
  ADD,
  ...set(COLONS),
  ...get(FIRST),
  ...i32(0x20),
  ...SPLAT,
  ...LESS_OR_EQUAL,
  ...isByte(SECOND, 0x3a),
  ...AND,
  ...get(SPACES),
  ...OR,
  ...set(SPACES),
];

/** Writes a bit for each slash: sixteen bits for a block, two bytes of sixteen. */
const MARK: readonly number[] = [
  ...get(AT),
  ...i32(3),
  SHIFT_RIGHT,
  ...isByte(FIRST, 0x2f),
  ...BITS,
  STORE_16,
  1,
  ...unsigned(SLASHES),
];

/** Writes the block with zeros for bytes beyond ASCII. */
const PROJECT: readonly number[] = [
  ...get(AT),
  ...get(FIRST),
  ...get(FIRST),
  ...i32(7),
  ...SHIFT_SIGN,
  ...AND_NOT,
  ...store(PROJECTION),
];

const flag = (local: number, bit: number): number[] => [
  ...get(local),
  ...ANY_TRUE,
  ...i32(bit),
  SHIFT_LEFT,
  OR_I32,
];

/** Answers the count of colons times eight, plus 1 for words, 2 for characters and 4 for white space before a colon. */
function program(addresses: readonly number[], more: readonly number[]): number[] {
  const tables = addresses.map((_, index) => TABLES + index * LOCALS_OF_TRIPLES);
  const vectors = TABLES - FIRST + addresses.length * LOCALS_OF_TRIPLES;
  const code = [
    2,
    2,
    I32,
    vectors,
    V128,
    ...i32(15),
    ...SPLAT,
    ...set(HALF),
    ...addresses.flatMap((address, index) => prepare(tables[index] ?? 0, address)),
    0x03,
    VOID,
    ...[FIRST, SECOND, THIRD].flatMap((local, index) => chain(get(AT), load(INPUT + index), set(local))),
    ...tables.flatMap(search),
    ...COUNT,
    ...MARK,
    ...more,
    ...get(AT),
    ...i32(BLOCK),
    ADD,
    ...set(AT),
    ...get(AT),
    ...get(LENGTH),
    LESS_UNSIGNED,
    0x0d,
    0,
    0x0b,
    ...get(COLONS),
    ...i32(3),
    SHIFT_LEFT,
    ...tables.flatMap((local, index) => flag(local + FOUND, index)),
    ...flag(SPACES, 2),
    0x0b,
  ];
  return [...unsigned(code.length), ...code];
}

const section = (id: number, ...content: number[]): number[] => [id, ...unsigned(content.length), ...content];

/** A module with a memory `m` and two functions from a length to an answer: `a` for ASCII, `w` for any UTF-8. */
const MODULE: Uint8Array<ArrayBuffer> = new Uint8Array([
  0x00,
  0x61,
  0x73,
  0x6d,
  1,
  0,
  0,
  0,
  ...section(1, 1, 0x60, 1, I32, 1, I32),
  ...section(3, 2, 0, 0),
  ...section(5, 1, 1, PAGES, PAGES),
  ...section(7, 3, 1, 0x6d, 2, 0, 1, 0x61, 0, 0, 1, 0x77, 0, 1),
  ...section(10, 2, ...program([WORD_TABLES], []), ...program([WORD_TABLES, CHARACTER_TABLES], PROJECT)),
]);

/** What a walk through a message's bytes tells. */
export interface ByteFindings {
  /** Colons behind a quote; `null`: white space stands before one, and it must be looked at closely. */
  readonly members: number | null;
  /** Whether a word of an attack may be in it. */
  readonly words: boolean;
  /** Whether a character that is unusual or looks like another may be in it. */
  readonly characters: boolean;
  /** A bit for each slash, until the next walk: see `SlashedText`. */
  readonly slashes: Uint16Array;
}

/** Walks through messages, one at a time. Keeps 192 KiB of memory. */
export interface ByteWalk {
  /** `null`: the message is longer than 64 KiB, or the runtime has no WebAssembly. */
  walk(bytes: Uint8Array, isAscii: boolean): ByteFindings | null;
  /** The message walked last, not ASCII, with a NUL for each byte beyond ASCII. */
  projection(length: number): string;
}

const ABSENT: ByteWalk = { walk: () => null, projection: () => "" };

/** What the module exports. */
interface Exports {
  readonly m: { readonly buffer: ArrayBuffer };
  a(this: void, length: number): number;
  w(this: void, length: number): number;
}

/** What is needed of `WebAssembly`, which the types of Node do not declare. */
export interface Assembly {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** Makes a walk. Without WebAssembly, as under `--jitless`, it finds nothing out. */
export function createByteWalk(assembly: Assembly | null = Reflect.get(globalThis, "WebAssembly")): ByteWalk {
  if (assembly === null) return ABSENT;
  const { exports } = new assembly.Instance(new assembly.Module(MODULE));
  // The module is above.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const { m, a, w } = exports as Exports;
  const memory = new Uint8Array(m.buffer);
  const asBuffer = Buffer.from(m.buffer);
  const slashes = new Uint16Array(m.buffer, SLASHES, MAX_BYTES / BLOCK);
  memory.set(tablesOf(WORDS), WORD_TABLES);
  memory.set(tablesOf(CHARACTERS), CHARACTER_TABLES);
  return {
    walk(bytes, isAscii) {
      const { length } = bytes;
      if (length > MAX_BYTES) return null;
      memory.set(bytes, INPUT);
      memory.fill(0, INPUT + length, INPUT + length + 2 * BLOCK);
      const found = isAscii ? a(length) : w(length);
      return {
        members: (found & 4) === 0 ? found >>> 3 : null,
        words: (found & 1) !== 0,
        characters: (found & 2) !== 0,
        slashes,
      };
    },
    projection: (length) => asBuffer.toString("latin1", PROJECTION, PROJECTION + length),
  };
}
