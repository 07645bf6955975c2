import { Buffer } from "node:buffer";
import { markHalves } from "./byte-halves.ts";
import { signPairs } from "./threat-sign-look.ts";
import {
  again,
  assemble,
  assembly,
  bytes16,
  get,
  I32,
  i32,
  I64,
  i64,
  instantiate,
  locals,
  repeat,
  set,
  V128,
  when,
  type Assembly,
  type Code,
  type VectorFunction,
} from "./vector-code.ts";

/**
 * A walk through the bytes of a message, sixteen at a time. What it looks for is data (`WORDS`, `CHARACTERS`, `rows`, `signPairs`), which
 * the program reads from its memory.
 */

/** The longest message that it walks through; longer ones are looked at by other means. */
const MAX_BYTES = 65_536;
/** Signs of one message whose places are told; one with more is looked at by other means. */
const MAX_SIGNS = 4096;
const BLOCK = 16;
const ROOM = MAX_BYTES + 64;
/** Where its memory holds what: tables, what is known of each byte, and the message, also with zeros for what is not ASCII. */
const WORD_TABLES = 0;
const CHARACTER_TABLES = 128;
const ROW_TABLES = 256;
const PAIRS = 1024;
const SIGNS = PAIRS + signPairs.length;
const PLACES = SIGNS + ROOM / 8;
const INPUT = PLACES + 2 * MAX_SIGNS + 64;
const PROJECTION = INPUT + ROOM;
const PAGES = Math.ceil((PROJECTION + ROOM) / 65_536);

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
  for (const [bit, triples] of buckets.entries())
    for (const triple of triples)
      for (const [index, bytes] of triple.entries())
        for (const byte of bytes) markHalves(tables, 2 * index * BLOCK, { byte, bit: 1 << bit });
  return tables;
}

/** Signs by the rows of ASCII in which they stand, so that their halves tell them and nothing else. */
const rows = ["#$%&'(/", ";<=>", "@`", "\\", "{|"] as const;

function rowTables(): Uint8Array {
  const tables = new Uint8Array(2 * BLOCK);
  for (const [index, chars] of rows.entries())
    for (const byte of Buffer.from(chars)) markHalves(tables, 0, { byte, bit: 0x80 >> index });
  return tables;
}

const SETS = { words: WORD_TABLES, characters: CHARACTER_TABLES } as const;
type Set = keyof typeof SETS;
const PLACES_OF_TRIPLE = [0, 1, 2];

function setLocals(sets: readonly Set[]): Readonly<Record<string, number>> {
  const names = sets.flatMap((which) => [
    which,
    ...PLACES_OF_TRIPLE.flatMap((index) => [`${which}Low${index}`, `${which}High${index}`]),
  ]);
  return Object.fromEntries(names.map((name) => [name, V128]));
}

/**
 * A function from a length to an answer: the count of colons behind a quote times 32, plus 1 for words, 2 for characters, 4 for white
 * space before a colon, 8 for DEL and 16 for escapes. Marks signs on the way.
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
    half: V128,
    quote: V128,
    colon: V128,
    space: V128,
    none: V128,
    row: V128,
    rowLow: V128,
    rowHigh: V128,
    ...setLocals(sets),
  });
  const names = l as Readonly<Record<string, number>>;
  const local = (of: string): number => names[of] ?? 0;
  const halve = (index: number): Code => [
    set(l.next, bytes16.load(get(l.at), INPUT + index)),
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
      set(local(`${which}Low${index}`), bytes16.load(i32.of(0), SETS[which] + 2 * index * BLOCK)),
      set(local(`${which}High${index}`), bytes16.load(i32.of(0), SETS[which] + (2 * index + 1) * BLOCK)),
    ]);
  const behind = bytes16.load(get(l.at), INPUT + 1);
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
    set(l.rowLow, bytes16.load(i32.of(0), ROW_TABLES)),
    set(l.rowHigh, bytes16.load(i32.of(0), ROW_TABLES + BLOCK)),
    sets.map(prepare),
    repeat(
      set(l.bytes, bytes16.load(get(l.at), INPUT)),
      PLACES_OF_TRIPLE.map(halve),
      sets.map(search),
      set(
        l.row,
        bytes16.and(bytes16.lookUp(get(l.rowLow), get(l.low0)), bytes16.lookUp(get(l.rowHigh), get(l.high0))),
      ),
      i32.store16(
        i32.shiftRight(get(l.at), i32.of(3)),
        SIGNS,
        bytes16.bits(bytes16.differ(get(l.row), get(l.none))),
      ),
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
    ].reduce<Code>((all, one) => i32.or(all, one), i32.shiftLeft(get(l.colons), i32.of(5))),
  ];
  return { name, parameters: 1, declared, body };
}

/** Writes the block with zeros for bytes beyond ASCII. */
const project = ({ at, bytes }: { at: number; bytes: number }): Code =>
  bytes16.store(get(at), PROJECTION, bytes16.andNot(get(bytes), bytes16.shiftSign(get(bytes), i32.of(7))));

/** `s(length)`: writes down where signs stand that what follows them makes worth a look, and answers how many. */
function signProgram(): VectorFunction {
  const length = 0;
  const { at: l, declared } = locals(1, { at: I32, count: I32, place: I32, signs: I64 });
  const isAny = i32.isZero(i64.isZero(get(l.signs)));
  const character = (offset: number): Code => i32.and(i32.load8(get(l.place), INPUT + offset), i32.of(0x7f));
  const body: Code = [
    repeat(
      set(l.signs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), SIGNS)),
      when(
        isAny,
        repeat(
          set(l.place, i32.add(get(l.at), i32.wrap(i64.ctz(get(l.signs))))),
          // Written before it counts, without a branch.
          i32.store16(i32.shiftLeft(get(l.count), i32.of(1)), PLACES, get(l.place)),
          set(
            l.count,
            i32.add(
              get(l.count),
              i32.and(
                i32.load8(i32.or(i32.shiftLeft(character(0), i32.of(7)), character(1)), PAIRS),
                i32.less(get(l.count), i32.of(MAX_SIGNS)),
              ),
            ),
          ),
          set(l.signs, i64.and(get(l.signs), i64.subtract(get(l.signs), i64.of(1n)))),
          again(isAny),
        ),
      ),
      set(l.at, i32.add(get(l.at), i32.of(64))),
      again(i32.less(get(l.at), get(length))),
    ),
    get(l.count),
  ];
  return { name: "s", parameters: 1, declared, body };
}

const nothing = (): Code => [];
const MODULE: Uint8Array<ArrayBuffer> = assemble(PAGES, [
  walkProgram("a", ["words"], nothing),
  walkProgram("w", ["words", "characters"], project),
  signProgram(),
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
  /** Where signs stand that are worth a look, until the next walk: see `SignedText`. `null`: too many. */
  readonly signs: { readonly places: Uint16Array; readonly count: number } | null;
}

/** Walks through messages, one at a time. Keeps 192 KiB of memory. */
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
  const { a, w, s } = made?.functions ?? {};
  if (made === null || a === undefined || w === undefined || s === undefined) return ABSENT;
  const memory = new Uint8Array(made.memory);
  const asBuffer = Buffer.from(made.memory);
  const places = new Uint16Array(made.memory, PLACES, MAX_SIGNS);
  memory.set(tablesOf(WORDS), WORD_TABLES);
  memory.set(tablesOf(CHARACTERS), CHARACTER_TABLES);
  memory.set(rowTables(), ROW_TABLES);
  memory.set(signPairs, PAIRS);
  return {
    walk(bytes, isAscii) {
      const { length } = bytes;
      if (length > MAX_BYTES) return null;
      memory.set(bytes, INPUT);
      memory.fill(0, INPUT + length, INPUT + length + 4 * BLOCK);
      const found = isAscii ? a(length) : w(length);
      const count = s(length);
      return {
        members: (found & 4) === 0 ? found >>> 5 : null,
        words: (found & 1) !== 0,
        characters: (found & 2) !== 0,
        deletes: (found & 8) !== 0,
        escapes: (found & 16) !== 0,
        signs: count < MAX_SIGNS ? { places, count } : null,
      };
    },
    projection: (length) => asBuffer.toString("latin1", PROJECTION, PROJECTION + length),
  };
}
