import { Buffer } from "node:buffer";
import { markHalves } from "./byte-halves.ts";
import { BLOCK, MAX_BYTES, MAX_SIGNS, PAGES, places } from "./threat-bytes-layout.ts";
import { signProgram } from "./threat-sign-program.ts";
import {
  byteKinds,
  hostBytes,
  nameBytes,
  operatorWords,
  sidePairs,
  signPairs,
  triples,
} from "./threat-sign-tables.ts";
import { innerShapes } from "./threat-slashes.ts";
import {
  again,
  assemble,
  assembly,
  bytes16,
  call,
  get,
  I32,
  i32,
  instantiate,
  locals,
  repeat,
  set,
  V128,
  type Assembly,
  type Code,
  type VectorFunction,
} from "./vector-code.ts";

/**
 * A walk through the bytes of a message, sixteen at a time. What it looks for is data (`WORDS`, `CHARACTERS`, `rows`, `signPairs`), which
 * the program reads from its memory.
 */

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

/** Three letters of every word of the prefilter that no sign stands beside, in either case; and what the hygiene looks for in ASCII. */
const WORDS: readonly (readonly Triple[])[] = [
  [letters("u", "n", "i")],
  [letters("l", "c", "a")],
  [letters("s", "s", "w")],
  [letters("y", " +", "0123456789")],
  [letters("r", "s", "h"), letters("q", "l", ".")],
  [letters("p", "_", "cdr"), letters("_", "s", "c")],
  [[[0x7f], ANY, ANY]],
  [[[0x5c], bytesOf("ubf"), ANY]],
];
/** Of what they find, a bit each: the words, DEL, and escapes that may be of unusual characters. */
const [WORD_BITS, DELETE_BIT, ESCAPE_BIT] = [0x3f, 0x40, 0x80];

/** What is unusual or looks like ASCII beyond it, in UTF-8: see `LOOKALIKES` of the prefilter and `UNUSUAL` of the hygiene. */
const CHARACTERS: readonly (readonly Triple[])[] = (
  [
    [[0xef], [0xbc], [0x82, 0x87, 0x8e, 0x8f]],
    [[0xef], [0xbc], [0x9c, 0x9e, 0xbc]],
    [[0xe2], [0x80], [0xa4, ...range(0x8b, 0x8f), ...range(0xa8, 0xae)]],
    [[0xe2], [0x81, 0x88], [0x95, 0x96, ...range(0xa0, 0xa9)]],
    [[0xef], [0xbb], [0xbf]],
    [[0xc2], [0xad, ...range(0x80, 0xa0)], ANY],
    [[0x80], [0x82], range(0x30, 0x39)],
    [[0x7f], ANY, ANY],
  ] satisfies readonly Triple[]
).map((triple) => [triple]);

/**
 * For each byte of a triple, two tables: which triples take its lower half, and which its upper half, a bit each. A triple that takes
 * both may still not take the byte: a hit is a reason to look, none is certain.
 */
function tablesOf(buckets: readonly (readonly Triple[])[]): Uint8Array {
  const tables = new Uint8Array(6 * BLOCK);
  for (const [bit, bucket] of buckets.entries())
    for (const triple of bucket)
      for (const [index, bytes] of triple.entries())
        for (const byte of bytes) markHalves(tables, 2 * index * BLOCK, { byte, bit: 1 << bit });
  return tables;
}

/** Signs, and what numbers are written with, by the rows of ASCII in which they stand, so that their halves tell them and nothing else. */
const rows = [
  [0x80, "#$%&'(/"],
  [0x40, ";<=>"],
  [0x20, "@`"],
  [0x10, "\\"],
  [0x08, "{|"],
  [0x04, "+-."],
  [0x02, "0123456789"],
  [0x01, "eE"],
] as const;
/** Of what they find: signs, and numbers. */
const [SIGN_BITS, NUMBER_BITS] = [0xf8, 0x07];

function rowTables(): Uint8Array {
  const tables = new Uint8Array(2 * BLOCK);
  for (const [bit, chars] of rows)
    for (const byte of Buffer.from(chars)) markHalves(tables, 0, { byte, bit });
  return tables;
}

type Set = "words" | "characters";
const PLACES_OF_TRIPLE = [0, 1, 2];

function setLocals(sets: readonly Set[]): Readonly<Record<string, number>> {
  const names = sets.flatMap((which) => [
    which,
    ...PLACES_OF_TRIPLE.flatMap((index) => [`${which}Low${index}`, `${which}High${index}`]),
  ]);
  return Object.fromEntries(names.map((name) => [name, V128]));
}

/**
 * A function from a length to an answer: the count of colons behind a quote times 128, plus 1 for words, 2 for characters, 4 for white
 * space before a colon, 8 for DEL, 16 for escapes, 32 for a `~` and 64 for a long number. Marks signs on the way.
 */
function walkProgram(
  name: string,
  sets: readonly Set[],
  more: (l: { at: number; bytes: number }) => Code,
): VectorFunction {
  const length = 0;
  const { at: l, declared } = locals(1, {
    at: I32,
    colons: I32,
    bytes: V128,
    next: V128,
    low0: V128,
    high0: V128,
    low1: V128,
    high1: V128,
    low2: V128,
    high2: V128,
    spaces: V128,
    homes: V128,
    long: I32,
    half: V128,
    quote: V128,
    colon: V128,
    space: V128,
    tilde: V128,
    signBits: V128,
    numberBits: V128,
    none: V128,
    row: V128,
    rowLow: V128,
    rowHigh: V128,
    ...setLocals(sets),
  });
  const names = l as Readonly<Record<string, number>>;
  const local = (of: string): number => names[of] ?? 0;
  const halve = (index: number): Code => [
    set(l.next, bytes16.load(get(l.at), places.input + index)),
    set(local(`low${index}`), bytes16.and(get(l.next), get(l.half))),
    set(local(`high${index}`), bytes16.and(bytes16.shiftRight16(get(l.next), i32.of(4)), get(l.half))),
  ];
  const take = (which: Set, index: number): Code =>
    bytes16.and(
      bytes16.lookUp(get(local(`${which}Low${index}`)), get(local(`low${index}`))),
      bytes16.lookUp(get(local(`${which}High${index}`)), get(local(`high${index}`))),
    );
  const search = (which: Set): Code =>
    set(
      local(which),
      bytes16.or(get(local(which)), bytes16.and(bytes16.and(take(which, 0), take(which, 1)), take(which, 2))),
    );
  const prepare = (which: Set): Code =>
    PLACES_OF_TRIPLE.map((index) => [
      set(local(`${which}Low${index}`), bytes16.load(i32.of(0), places[which] + 2 * index * BLOCK)),
      set(local(`${which}High${index}`), bytes16.load(i32.of(0), places[which] + (2 * index + 1) * BLOCK)),
    ]);
  const behind = bytes16.load(get(l.at), places.input + 1);
  const flag = (which: Set, bits: number, shift: number): Code =>
    sets.includes(which)
      ? i32.shiftLeft(
          bytes16.hasAny(bytes16.and(get(local(which)), bytes16.splat(i32.of(bits)))),
          i32.of(shift),
        )
      : i32.of(0);
  const body: Code = [
    set(l.half, bytes16.splat(i32.of(15))),
    set(l.quote, bytes16.splat(i32.of(0x22))),
    set(l.colon, bytes16.splat(i32.of(0x3a))),
    set(l.space, bytes16.splat(i32.of(0x20))),
    set(l.tilde, bytes16.splat(i32.of(0x7e))),
    set(l.signBits, bytes16.splat(i32.of(SIGN_BITS))),
    set(l.numberBits, bytes16.splat(i32.of(NUMBER_BITS))),
    set(l.rowLow, bytes16.load(i32.of(0), places.rows)),
    set(l.rowHigh, bytes16.load(i32.of(0), places.rows + BLOCK)),
    sets.map(prepare),
    repeat(
      set(l.bytes, bytes16.load(get(l.at), places.input)),
      PLACES_OF_TRIPLE.map(halve),
      sets.map(search),
      set(
        l.row,
        bytes16.and(bytes16.lookUp(get(l.rowLow), get(l.low0)), bytes16.lookUp(get(l.rowHigh), get(l.high0))),
      ),
      i32.store16(
        i32.shiftRight(get(l.at), i32.of(3)),
        places.signs,
        bytes16.bits(bytes16.differ(bytes16.and(get(l.row), get(l.signBits)), get(l.none))),
      ),
      set(l.long, i32.or(get(l.long), bytes16.hasAll(bytes16.and(get(l.row), get(l.numberBits))))),
      set(l.homes, bytes16.or(get(l.homes), bytes16.equal(get(l.bytes), get(l.tilde)))),
      set(l.next, bytes16.equal(behind, get(l.colon))),
      set(
        l.colons,
        i32.add(
          get(l.colons),
          i32.count(bytes16.bits(bytes16.and(bytes16.equal(get(l.bytes), get(l.quote)), get(l.next)))),
        ),
      ),
      set(
        l.spaces,
        bytes16.or(get(l.spaces), bytes16.and(bytes16.lessOrEqual(get(l.bytes), get(l.space)), get(l.next))),
      ),
      more(l),
      set(l.at, i32.add(get(l.at), i32.of(BLOCK))),
      again(i32.less(get(l.at), get(length))),
    ),
    [
      flag("words", WORD_BITS, 0),
      flag("characters", 0xff, 1),
      i32.shiftLeft(bytes16.hasAny(get(l.spaces)), i32.of(2)),
      flag("words", DELETE_BIT, 3),
      flag("words", ESCAPE_BIT, 4),
      i32.shiftLeft(bytes16.hasAny(get(l.homes)), i32.of(5)),
      i32.shiftLeft(get(l.long), i32.of(6)),
    ].reduce<Code>((all, one) => i32.or(all, one), i32.shiftLeft(get(l.colons), i32.of(7))),
  ];
  return { name, parameters: 1, declared, body };
}

/** Writes the block with zeros for bytes beyond ASCII. */
const project = ({ at, bytes }: { at: number; bytes: number }): Code =>
  bytes16.store(
    get(at),
    places.projection,
    bytes16.andNot(get(bytes), bytes16.shiftSign(get(bytes), i32.of(7))),
  );

/** `name(length)`: zeros behind the message, the walk that stands at `index` in the module, and the signs. Answers what the walk does. */
function wholeProgram(name: string, index: number): VectorFunction {
  const length = 0;
  const { at: l, declared } = locals(1, { found: I32, none: V128 });
  const body: Code = [
    [0, 1, 2, 3].map((block) => bytes16.store(get(length), places.input + block * BLOCK, get(l.none))),
    set(l.found, call(index, get(length))),
    i32.store(
      i32.of(0),
      places.count,
      call(SIGNS, get(length), i32.and(i32.shiftRight(get(l.found), i32.of(5)), i32.of(1))),
    ),
    get(l.found),
  ];
  return { name, parameters: 1, declared, body };
}

const nothing = (): Code => [];
/** Where functions stand in the module. */
const [ASCII, ANYTHING, SIGNS] = [0, 1, 2];
const MODULE: Uint8Array<ArrayBuffer> = assemble(PAGES, [
  walkProgram("a", ["words"], nothing),
  walkProgram("w", ["words", "characters"], project),
  signProgram(),
  wholeProgram("x", ASCII),
  wholeProgram("y", ANYTHING),
]);

/** What a walk through a message's bytes tells. */
export interface ByteFindings {
  /** Colons behind a quote; `null`: white space stands before one, and it must be looked at closely. */
  readonly members: number | null;
  /** Whether a word of an attack may be in it. */
  readonly words: boolean;
  /** Whether a character that is unusual or looks like another may be in it. */
  readonly characters: boolean;
  /** Whether a DEL is in it. */
  readonly deletes: boolean;
  /** Whether an escape of an unusual character may be in it. */
  readonly escapes: boolean;
  /** Whether a run of what numbers are written with may be longer than sixteen characters. */
  readonly longNumbers: boolean;
  /** Where signs stand that are worth a look, until the next walk: see `SignedText`. `null`: too many. */
  readonly signs: { readonly places: Uint16Array; readonly count: number } | null;
}

/** Walks through messages, one at a time. Keeps 320 KiB of memory. */
export interface ByteWalk {
  /** `null`: the message is longer than 64 KiB, or the runtime has no WebAssembly. */
  walk(bytes: Uint8Array, isAscii: boolean): ByteFindings | null;
  /** The message walked last, not ASCII, with a NUL for each byte beyond ASCII. */
  projection(length: number): string;
}

const ABSENT: ByteWalk = { walk: () => null, projection: () => "" };

/** Makes a walk. Without WebAssembly, as under `--jitless`, it finds nothing out. */
export function createByteWalk(within: Assembly | null = assembly): ByteWalk {
  const made = instantiate(MODULE, within);
  const { x, y } = made?.functions ?? {};
  if (made === null || x === undefined || y === undefined) return ABSENT;
  const memory = new Uint8Array(made.memory);
  const asBuffer = Buffer.from(made.memory);
  const found = new Uint16Array(made.memory, places.found, MAX_SIGNS);
  const counts = new Uint32Array(made.memory, places.count, 1);
  memory.set(tablesOf(WORDS), places.words);
  memory.set(tablesOf(CHARACTERS), places.characters);
  memory.set(rowTables(), places.rows);
  memory.set(hostBytes, places.hostBytes);
  memory.set(operatorWords, places.operatorWords);
  memory.set(byteKinds, places.kinds);
  memory.set(nameBytes, places.names);
  memory.set(innerShapes, places.hosts);
  memory.set(signPairs, places.pairs);
  memory.set(sidePairs, places.sides);
  memory.set(triples, places.triples);
  return {
    walk(bytes, isAscii) {
      const { length } = bytes;
      if (length > MAX_BYTES) return null;
      memory.set(bytes, places.input);
      const said = isAscii ? x(length) : y(length);
      const count = counts[0] ?? 0;
      return {
        members: (said & 4) === 0 ? said >>> 7 : null,
        words: (said & 1) !== 0,
        characters: (said & 2) !== 0,
        deletes: (said & 8) !== 0,
        escapes: (said & 16) !== 0,
        longNumbers: (said & 64) !== 0,
        signs: count < MAX_SIGNS ? { places: found, count } : null,
      };
    },
    projection: (length) => asBuffer.toString("latin1", places.projection, places.projection + length),
  };
}
