import {
  AFTER,
  BEFORE,
  byteKinds,
  FILTER_BYTES,
  FOLD,
  HASH_BITS,
  HASH_FACTOR,
  MASKS,
  places,
  record,
  SIGN,
} from "./leak-sieve-layout.ts";
import {
  again,
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

/** Bytes by which a word is looked for. */
const WIDTH = 4;
const SETS = [0, 1];
const INDICES = [0, 1, 2, 3];

/** Two blocks in turns: each needs what the other, which stands before it, has of all bytes of a word but the last. */
const TURNS = ["even", "odd"] as const;
type Turn = (typeof TURNS)[number];
const OTHER: Readonly<Record<Turn, Turn>> = { even: "odd", odd: "even" };

/** Locals for the tables of both sets, and for what a block has of all bytes but the last. */
function searchLocals(): Readonly<Record<string, number>> {
  const names = SETS.flatMap((which) => [
    ...INDICES.flatMap((index) => [`low${which}${index}`, `high${which}${index}`]),
    ...INDICES.slice(1).flatMap((index) => TURNS.map((turn) => `${turn}${which}${index - 1}`)),
  ]);
  return Object.fromEntries(names.map((name) => [name, V128]));
}

/**
 * `c(length, start)`: what every byte is, and where the four bytes of a word may be, told where the last of them stands: what the others are is
 * remembered from the block before. Answers nothing. @param start where in the memory it begins
 */
export function markProgram(sign: number): VectorFunction {
  const { at: l, declared } = locals(2, {
    at: I32,
    end: I32,
    half: V128,
    none: V128,
    bytes: V128,
    low: V128,
    high: V128,
    found: V128,
    sign: V128,
    evenSigns: V128,
    oddSigns: V128,
    lowRows: V128,
    highRows: V128,
    ...searchLocals(),
  });
  const names = l as Readonly<Record<string, number>>;
  const local = (name: string): number => names[name] ?? 0;
  const [length, start] = [0, 1];
  const look = (which: number, index: number): Code =>
    bytes16.and(
      bytes16.lookUp(get(local(`low${which}${index}`)), get(l.low)),
      bytes16.lookUp(get(local(`high${which}${index}`)), get(l.high)),
    );
  const search = (turn: Turn, which: number): Code => {
    const now = (index: number): number => local(`${turn}${which}${index}`);
    const before = (index: number): number => local(`${OTHER[turn]}${which}${index}`);
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
  const block = (turn: Turn): Code => [
    set(l.bytes, bytes16.load(get(l.at), places.input)),
    set(l.low, bytes16.and(get(l.bytes), get(l.half))),
    set(l.high, bytes16.and(bytes16.shiftRight16(get(l.bytes), i32.of(4)), get(l.half))),
    set(l.found, get(l.none)),
    SETS.map((which) => search(turn, which)),
    set(local(`${turn}Signs`), bytes16.equal(get(l.bytes), get(l.sign))),
    mark(
      places.hits,
      i32.xor(
        bytes16.bits(
          bytes16.andNot(
            bytes16.equal(get(l.found), get(l.none)),
            bytes16.join(get(local(`${OTHER[turn]}Signs`)), get(local(`${turn}Signs`)), WIDTH - 1),
          ),
        ),
        i32.of(0xffff),
      ),
    ),
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
  ];
  const body: Code = [
    set(l.half, bytes16.splat(i32.of(15))),
    set(l.sign, bytes16.splat(i32.of(sign))),
    set(l.lowRows, bytes16.load(i32.of(0), places.rows)),
    set(l.highRows, bytes16.load(i32.of(16), places.rows)),
    tables,
    set(l.at, get(start)),
    set(l.end, i32.add(get(length), i32.of(BEFORE + AFTER))),
    repeat(TURNS.map(block), again(i32.less(get(l.at), get(l.end)))),
    i32.of(0),
  ];
  return { name: "c", parameters: 2, declared, body };
}

/** Writes a place and a number into the list of words, if there is room. */
export function append({ out, limit }: { out: number; limit: number }, place: Code, id: Code): Code {
  return when(
    i32.less(get(out), get(limit)),
    i32.store(get(out), 0, place),
    i32.store(get(out), 4, id),
    set(out, i32.add(get(out), i32.of(8))),
  );
}

/** `w(length, limit)`: the words of a chunk, by what `c` has marked. Answers where the list of words ends. */
export function wordProgram(sign: number | null): VectorFunction {
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
