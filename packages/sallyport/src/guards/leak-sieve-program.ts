import { Buffer } from "node:buffer";
import { isAlphanumeric } from "./leak-detector.ts";
import { separatorCode } from "./leak-groups.ts";
import {
  again,
  assemble,
  bytes16,
  get,
  I32,
  i32,
  I64,
  i64,
  locals,
  repeat,
  set,
  V128,
  when,
  type Code,
  type VectorFunction,
} from "./vector-code.ts";

/** Bytes that are looked at together: so many times forty, since numbers are looked for in windows of forty. */
export const CHUNK: number = 400 * 40;
/** Bytes around them: what stands beside a place is part of what is found there. */
export const BEFORE: number = 64;
export const AFTER: number = 48;

/** Where the memory holds what. Sizes are those of the tables, or of what is known about every byte of a chunk. */
export const places = {
  /** Eight tables of sixteen bytes for each set of eight buckets. */
  buckets: 0,
  /** What each byte is: see `byteKinds`. */
  kinds: 256,
  /** See `rowTables`. */
  rows: 704,
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
const HASH_FACTOR = 0x9e37_79b1 | 0;
/** Both cases of a letter are one. */
const FOLD = 0x2020_2020;
/** Of four bytes, the first as the lowest: the first two, three, and all. */
const MASKS = [0xffff, 0xff_ffff, -1] as const;
const FILTER_BYTES = 2 ** (HASH_BITS - 3);

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

/** Numbers of what is no word: a sign such as `@`, and two dots. Words have those from `FIRST_WORD` on. */
export const SIGN: number = 0;
export const DOTS: number = 1;
export const FIRST_WORD: number = 2;

/** Digits and capitals at least of a value without groups. */
export const MIN_ALONE: number = 8;
/** Lengths of groups are less than this. */
export const LENGTHS: number = 32;

/** Of what separates groups, and is no space: a bit of `separator`. */
const SIGN_BIT = byteKinds.separator + 1;
const WINDOW = 40;
const WINDOW_BITS = ((1n << 40n) - 1n) << 8n;

/** What a byte is, as the program tells it by its halves: capitals have two bits, since they stand in two rows of ASCII. */
const rows = [
  { bit: 0x80, row: 3, columns: "0123456789" },
  { bit: 0x40, row: 2, columns: "-. " },
  { bit: 0x20, row: 2, columns: "." },
  { bit: 0x10, row: 4, columns: "ABCDEFGHIJKLMNO" },
  { bit: 0x08, row: 5, columns: "PQRSTUVWXYZ" },
] as const;

/** Two tables of sixteen bytes: by the lower and by the upper half of a byte. */
export function rowTables(): Uint8Array {
  const tables = new Uint8Array(32);
  for (const { bit, row, columns } of rows) {
    tables[16 + row] = (tables[16 + row] ?? 0) | bit;
    for (const byte of Buffer.from(columns)) tables[byte & 15] = (tables[byte & 15] ?? 0) | bit;
  }
  return tables;
}

/** Writes a place and a number into the list of words, if there is room. */
function append({ out, limit }: { out: number; limit: number }, place: Code, id: Code): Code {
  return when(
    i32.less(get(out), get(limit)),
    i32.store(get(out), 0, place),
    i32.store(get(out), 4, id),
    set(out, i32.add(get(out), i32.of(8))),
  );
}

/** Bytes by which a word is looked for. */
const WIDTH = 4;
const SETS = [0, 1];
const INDICES = [0, 1, 2, 3];

/** Locals for the tables of both sets, and for what the block before has of all bytes but the last. */
function searchLocals(): Readonly<Record<string, number>> {
  const names = SETS.flatMap((which) => [
    ...INDICES.flatMap((index) => [`low${which}${index}`, `high${which}${index}`]),
    ...INDICES.slice(1).flatMap((index) => [`now${which}${index - 1}`, `before${which}${index - 1}`]),
  ]);
  return Object.fromEntries(names.map((name) => [name, V128]));
}

/**
 * `c(length)`: what every byte is, and where the four bytes of a word may be, told where the last of them stands: what the others are is
 * remembered from the block before. Answers nothing.
 */
function markProgram(sign: number): VectorFunction {
  const { at: l, declared } = locals(1, {
    at: I32,
    end: I32,
    half: V128,
    none: V128,
    bytes: V128,
    low: V128,
    high: V128,
    found: V128,
    sign: V128,
    signs: V128,
    signsBefore: V128,
    lowRows: V128,
    highRows: V128,
    ...searchLocals(),
  });
  const names = l as Readonly<Record<string, number>>;
  const local = (name: string): number => names[name] ?? 0;
  const length = 0;
  const look = (which: number, index: number): Code =>
    bytes16.and(
      bytes16.lookUp(get(local(`low${which}${index}`)), get(l.low)),
      bytes16.lookUp(get(local(`high${which}${index}`)), get(l.high)),
    );
  const search = (which: number): Code => {
    const now = (index: number): number => local(`now${which}${index}`);
    const before = (index: number): number => local(`before${which}${index}`);
    const others = INDICES.slice(0, -1);
    return [
      others.map((index) => set(now(index), look(which, index))),
      set(
        l.found,
        bytes16.or(
          get(l.found),
          others.reduce<Code>(
            (all, index) =>
              bytes16.and(all, bytes16.join(get(before(index)), get(now(index)), WIDTH - 1 - index)),
            look(which, WIDTH - 1),
          ),
        ),
      ),
      others.map((index) => set(before(index), get(now(index)))),
    ];
  };
  const up = (bits: number): Code => bytes16.shiftLeft16(get(l.bytes), i32.of(bits));
  const mark = (address: number, bits: Code): Code =>
    i32.store16(i32.shiftRight(get(l.at), i32.of(3)), address, bits);
  const tables = SETS.flatMap((which) =>
    INDICES.map((index): Code => {
      const address = places.buckets + (which * WIDTH + index) * 32;
      return [
        set(local(`low${which}${index}`), bytes16.load(i32.of(0), address)),
        set(local(`high${which}${index}`), bytes16.load(i32.of(0), address + 16)),
      ];
    }),
  );
  const body: Code = [
    set(l.half, bytes16.splat(i32.of(15))),
    set(l.sign, bytes16.splat(i32.of(sign))),
    set(l.lowRows, bytes16.load(i32.of(0), places.rows)),
    set(l.highRows, bytes16.load(i32.of(16), places.rows)),
    tables,
    set(l.at, i32.of(BEFORE - 48)),
    set(l.end, i32.add(get(length), i32.of(BEFORE + AFTER))),
    repeat(
      set(l.bytes, bytes16.load(get(l.at), places.input)),
      set(l.low, bytes16.and(get(l.bytes), get(l.half))),
      set(l.high, bytes16.and(bytes16.shiftRight16(get(l.bytes), i32.of(4)), get(l.half))),
      set(l.found, get(l.none)),
      SETS.map(search),
      set(l.signs, bytes16.equal(get(l.bytes), get(l.sign))),
      mark(
        places.hits,
        bytes16.bits(
          bytes16.or(
            bytes16.differ(get(l.found), get(l.none)),
            bytes16.join(get(l.signsBefore), get(l.signs), WIDTH - 1),
          ),
        ),
      ),
      set(l.signsBefore, get(l.signs)),
      mark(places.seen, i32.of(0)),
      set(
        l.bytes,
        bytes16.and(bytes16.lookUp(get(l.lowRows), get(l.low)), bytes16.lookUp(get(l.highRows), get(l.high))),
      ),
      mark(places.digits, bytes16.bits(get(l.bytes))),
      mark(places.signs, bytes16.bits(up(1))),
      mark(places.dots, bytes16.bits(up(2))),
      mark(places.capitals, bytes16.bits(bytes16.or(up(3), up(4)))),
      set(l.at, i32.add(get(l.at), i32.of(16))),
      again(i32.less(get(l.at), get(l.end))),
    ),
    i32.of(0),
  ];
  return { name: "c", parameters: 1, declared, body };
}

/** `w(length, limit)`: the words of a chunk, by what `c` has marked. Answers where the list of words ends. */
function wordProgram(sign: number | null): VectorFunction {
  const [length, limit] = [0, 1];
  const { at: l, declared } = locals(2, {
    at: I32,
    end: I32,
    out: I32,
    place: I32,
    next: I32,
    four: I32,
    hash: I32,
    hits: I64,
  });
  const emit = (place: Code, id: Code): Code => append({ out: l.out, limit }, place, id);
  const kind = (offset: number): Code =>
    i32.load8(i32.load8(i32.add(get(l.place), i32.of(offset)), places.input), places.kinds);
  const hash = (mask: number): Code =>
    i32.shiftRight(
      i32.multiply(i32.and(get(l.four), i32.of(mask)), i32.of(HASH_FACTOR)),
      i32.of(32 - HASH_BITS),
    );
  /** Not zero where a word is looked for by so many bytes. */
  const mayBegin = MASKS.map((mask, index): Code => [
    set(l.hash, hash(mask)),
    i32.shiftRight(
      i32.load8(i32.shiftRight(get(l.hash), i32.of(3)), places.filters + index * FILTER_BYTES),
      i32.and(get(l.hash), i32.of(7)),
    ),
  ]).reduce((all, one) => i32.or(all, one));
  const head = i32.load(i32.shiftLeft(hash(MASKS[0]), i32.of(2)), places.heads);
  const isRecord = i64.equal(
    i64.and(
      i64.or(
        i64.load(i32.add(get(l.place), i32.load(get(l.next), record.delta)), places.input),
        i64.load(get(l.next), record.fold),
      ),
      i64.load(get(l.next), record.mask),
    ),
    i64.load(get(l.next), record.expected),
  );
  const isBetweenNames = i32.and(
    i32.and(kind(-1), i32.of(byteKinds.before)),
    i32.shiftRight(i32.and(kind(1), i32.of(byteKinds.behind)), i32.of(1)),
  );
  const visit: Code = [
    sign === null
      ? []
      : when(
          i32.equal(i32.load8(get(l.place), places.input), i32.of(sign)),
          when(isBetweenNames, emit(get(l.place), i32.of(SIGN))),
        ),
    set(l.four, i32.or(i32.load(get(l.place), places.input), i32.of(FOLD))),
    when(
      i32.and(mayBegin, i32.of(1)),
      set(l.next, head),
      when(
        get(l.next),
        repeat(
          when(
            isRecord,
            emit(
              i32.subtract(get(l.place), i32.load(get(l.next), record.offset)),
              i32.load(get(l.next), record.id),
            ),
          ),
          set(l.next, i32.load(get(l.next), record.next)),
          again(get(l.next)),
        ),
      ),
    ),
  ];
  const body: Code = [
    set(l.at, i32.of(BEFORE)),
    set(l.end, i32.add(get(length), i32.of(BEFORE + WIDTH - 1))),
    set(l.out, i32.of(places.words)),
    repeat(
      set(l.hits, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.hits)),
      when(
        i32.isZero(i64.isZero(get(l.hits))),
        repeat(
          set(l.place, i32.subtract(i32.add(get(l.at), i32.wrap(i64.ctz(get(l.hits)))), i32.of(WIDTH - 1))),
          when(i32.less(i32.subtract(get(l.place), i32.of(BEFORE)), get(length)), visit),
          set(l.hits, i64.and(get(l.hits), i64.subtract(get(l.hits), i64.of(1n)))),
          again(i32.isZero(i64.isZero(get(l.hits)))),
        ),
      ),
      set(l.at, i32.add(get(l.at), i32.of(64))),
      again(i32.less(get(l.at), get(l.end))),
    ),
    get(l.out),
  ];
  return { name: "w", parameters: 2, declared, body };
}

/**
 * `n(end, out, limit)`: where numbers and codes may begin, by what `c` has told of every byte; and two dots with six characters between
 * them, which it writes behind the words. Answers where that list ends.
 */
function numberProgram(): VectorFunction {
  const [end, out, limit] = [0, 1, 2];
  const { at: l, declared } = locals(3, {
    at: I32,
    place: I32,
    size: I32,
    next: I32,
    known: I32,
    digits: I64,
    capitals: I64,
    signs: I64,
    groups: I64,
    between: I64,
    starts: I64,
    pairs: I64,
    found: I64,
    own: I64,
    ownCapitals: I64,
  });
  const right = (value: Code, bits: number): Code => i64.shiftRight(value, i64.of(BigInt(bits)));
  const left = (value: Code, bits: number): Code => i64.shiftLeft(value, i64.of(BigInt(bits)));
  const not = (value: Code): Code => i64.xor(value, i64.of(-1n));
  const inWindow = (value: Code): Code => i64.and(value, i64.of(WINDOW_BITS));
  /** 57 bits and more from a place on. */
  const from = (address: number, place: Code): Code =>
    i64.shiftRight(
      i64.load(i32.shiftRight(place, i32.of(3)), address),
      i64.extend(i32.and(place, i32.of(7))),
    );
  const groupsFrom = (place: Code): Code => i64.or(from(places.digits, place), from(places.capitals, place));
  const lengthOf = (groups: Code): Code => i32.wrap(i64.ctz(not(groups)));
  const emit = (place: Code): Code => [
    set(l.place, place),
    i32.store8(
      i32.shiftRight(get(l.place), i32.of(3)),
      places.seen,
      i32.or(
        i32.load8(i32.shiftRight(get(l.place), i32.of(3)), places.seen),
        i32.shiftLeft(i32.of(1), i32.and(get(l.place), i32.of(7))),
      ),
    ),
  ];
  /** Does something with the place of each bit that is found. */
  const each = (found: Code, ...body: readonly Code[]): Code => [
    set(l.found, found),
    when(
      i32.isZero(i64.isZero(get(l.found))),
      repeat(
        set(l.place, i32.add(get(l.at), i32.subtract(i32.wrap(i64.ctz(get(l.found))), i32.of(8)))),
        ...body,
        set(l.found, i64.and(get(l.found), i64.subtract(get(l.found), i64.of(1n)))),
        again(i32.isZero(i64.isZero(get(l.found)))),
      ),
    ),
  ];
  const emitPlace = emit(get(l.place));
  const isShort = (value: Code): Code => i32.less(value, i32.of(LENGTHS));
  const mask = i64.subtract(i64.shiftLeft(i64.of(1n), i64.extend(get(l.size))), i64.of(1n));
  /** Not zero where a dash or a dot with a group beyond it stands beside a number: then it is none of its own. */
  const isJoined = (separator: Code, beyond: Code): Code =>
    i32.and(
      i32.shiftRight(i32.load8(i32.load8(separator, places.input), places.kinds), i32.of(SIGN_BIT)),
      i32.wrap(groupsFrom(beyond)),
    );
  const end1 = i32.add(get(l.place), get(l.size));
  const isAlone = i32.isZero(
    i32.and(
      i32.or(
        i32.or(
          isJoined(i32.subtract(get(l.place), i32.of(1)), i32.subtract(get(l.place), i32.of(2))),
          isJoined(end1, i32.add(end1, i32.of(1))),
        ),
        i32.shiftRight(i32.load8(i32.load8(end1, places.input), places.kinds), i32.of(1)),
      ),
      i32.of(1),
    ),
  );
  const lone: Code = [
    set(l.own, from(places.digits, get(l.place))),
    set(l.ownCapitals, from(places.capitals, get(l.place))),
    set(l.size, lengthOf(i64.or(get(l.own), get(l.ownCapitals)))),
    when(
      i32.and(isShort(get(l.size)), isAlone),
      when(
        i64.isZero(i64.and(get(l.ownCapitals), mask)),
        when(
          i32.and(
            i32.shiftRight(
              i32.load16(i32.shiftLeft(get(l.size), i32.of(1)), places.alone),
              i32.subtract(i32.load8(get(l.place), places.input), i32.of(0x30)),
            ),
            i32.of(1),
          ),
          emitPlace,
        ),
      ),
      when(
        i32.and(
          i32.load8(get(l.size), places.lettered),
          i32.and(
            i32.isZero(i64.isZero(i64.and(get(l.ownCapitals), mask))),
            i32.isZero(i64.isZero(i64.and(get(l.own), mask))),
          ),
        ),
        emitPlace,
      ),
    ),
  ];
  const next = i32.add(get(l.place), i32.of(1));
  const pair: Code = [
    // What stands before the sign, from its end: forty bits, the last as the highest.
    set(l.size, i32.wrap(i64.clz(not(left(groupsFrom(i32.subtract(get(l.place), i32.of(40))), 24))))),
    set(l.own, groupsFrom(next)),
    set(l.next, lengthOf(get(l.own))),
    when(
      i32.and(isShort(get(l.size)), isShort(get(l.next))),
      set(
        l.known,
        i32.load8(
          i32.or(
            i32.or(
              i32.shiftLeft(get(l.size), i32.of(7)),
              i32.shiftLeft(
                i32.shiftRight(
                  i32.load8(i32.load8(get(l.place), places.input), places.kinds),
                  i32.of(byteKinds.separator),
                ),
                i32.of(5),
              ),
            ),
            get(l.next),
          ),
          places.begins,
        ),
      ),
      when(
        i32.or(
          i32.and(get(l.known), i32.of(1)),
          i32.and(
            i32.shiftRight(get(l.known), i32.of(1)),
            i32.wrap(
              i64.and(
                i64.shiftRight(from(places.signs, next), i64.extend(get(l.next))),
                i64.shiftRight(get(l.own), i64.extend(i32.add(get(l.next), i32.of(1)))),
              ),
            ),
          ),
        ),
        emit(i32.subtract(get(l.place), get(l.size))),
      ),
    ),
  ];
  const runs = (value: number, groups: Code, bits: number): Code =>
    set(value, i64.and(groups, right(groups, bits)));
  const numbers: Code = [
    set(l.capitals, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.capitals - 1)),
    set(l.signs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.signs - 1)),
    set(l.groups, i64.or(get(l.digits), get(l.capitals))),
    set(l.between, inWindow(i64.and(get(l.signs), i64.and(left(get(l.groups), 1), right(get(l.groups), 1))))),
    set(l.starts, inWindow(i64.and(get(l.groups), not(left(get(l.groups), 1))))),
    runs(l.own, get(l.groups), 1),
    runs(l.own, get(l.own), 2),
    runs(l.own, get(l.own), 4),
    each(i64.and(get(l.starts), get(l.own)), lone),
    each(get(l.between), pair),
    each(
      i64.and(
        i64.and(get(l.starts), i64.and(get(l.capitals), right(get(l.capitals), 1))),
        i64.and(right(get(l.digits), 2), right(get(l.digits), 3)),
      ),
      emitPlace,
    ),
  ];
  const body: Code = [
    set(l.at, i32.of(BEFORE)),
    repeat(
      set(l.digits, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.digits - 1)),
      set(l.pairs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.dots - 1)),
      each(
        inWindow(i64.and(get(l.pairs), right(get(l.pairs), 7))),
        append({ out, limit }, get(l.place), i32.of(DOTS)),
      ),
      when(i32.isZero(i64.isZero(get(l.digits))), numbers),
      set(l.at, i32.add(get(l.at), i32.of(WINDOW))),
      again(i32.less(get(l.at), get(end))),
    ),
    get(out),
  ];
  return { name: "n", parameters: 3, declared, body };
}

/** The module of the sieve. @param pages of its memory, 64 KiB each @param sign such as `@`; `null`: none */
export function sieveModule(pages: number, sign: number | null): Uint8Array<ArrayBuffer> {
  return assemble(pages, [markProgram(sign ?? 0), wordProgram(sign), numberProgram()]);
}
