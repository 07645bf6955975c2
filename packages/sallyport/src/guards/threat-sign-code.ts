import { places } from "./threat-bytes-layout.ts";
import { sideKinds } from "./threat-sign-tables.ts";
import { bytes16, get, I32, i32, I64, locals, set, V128, type Code } from "./vector-code.ts";

// What the program about signs is put together from: its locals, and looks at bytes beside a place in the message.

/** `keep`: not zero where the sign is told. `kind`: what it may begin, see `signClass`. `quoted`: not zero where it is a quote. */
type Local =
  | "at"
  | "count"
  | "place"
  | "keep"
  | "kind"
  | "sign"
  | "next"
  | "most"
  | "from"
  | "before"
  | "words"
  | "signs"
  | "block"
  | "run"
  | "quoted";

/** Behind its parameters: the length of the message, and whether a `~` is in it. */
const made = locals<Local>(2, {
  at: I32,
  count: I32,
  place: I32,
  keep: I32,
  kind: I32,
  sign: I32,
  next: I32,
  most: I32,
  from: I32,
  before: I32,
  words: I32,
  signs: I64,
  block: V128,
  run: I32,
  quoted: I32,
});
/** Locals by their names. */
export const local: Readonly<Record<Local, number>> = made.at;
/** As the format declares them. */
export const declaredLocals: readonly number[] = made.declared;

/** Where the sign stands. */
export const here: Code = get(local.place);
/** Where the look has come to. */
export const next: Code = get(local.next);
/** Moves the look on to a place. */
export const goTo = (place: Code): Code => set(local.next, place);

/** A byte beside a place. */
export const byteAt = (place: Code, offset: number): Code => i32.load8(place, places.input + offset);
/** Not zero where it is that byte. */
export const isAt = (place: Code, offset: number, byte: number): Code =>
  i32.equal(byteAt(place, offset), i32.of(byte));
/** Not zero where it is of one of these: see `sideKinds`. */
export const kindAt = (place: Code, offset: number, kinds: number): Code =>
  i32.and(i32.load8(byteAt(place, offset), places.kinds), i32.of(kinds));
/** The same of `nameKinds`. */
export const nameAt = (place: Code, offset: number, kinds: number): Code =>
  i32.and(i32.load8(byteAt(place, offset), places.names), i32.of(kinds));

const asciiAt = (place: Code, offset: number): Code => i32.and(byteAt(place, offset), i32.of(0x7f));
/** Two bytes as `pair` says them. */
export const pairAt = (place: Code, offset: number): Code =>
  i32.or(i32.shiftLeft(asciiAt(place, offset), i32.of(7)), asciiAt(place, offset + 1));
/** Not zero where they are of one of these: see `besides`. */
export const sideAt = (place: Code, offset: number, sides: number): Code =>
  i32.and(i32.load8(pairAt(place, offset), places.sides), i32.of(sides));

/** Tells the sign where the condition is not zero. */
export const keepIf = (condition: Code): Code => set(local.keep, i32.or(get(local.keep), condition));
/** 1 where it is not zero. */
export const isAny = (value: Code): Code => i32.isZero(i32.isZero(value));
/** 1 where both are not zero. */
export const both = (one: Code, other: Code): Code => i32.and(isAny(one), isAny(other));

const halves = (half: Code, table: number): Code =>
  bytes16.lookUp(bytes16.load(i32.of(0), table), bytes16.and(half, bytes16.splat(i32.of(15))));
/** Which of the sixteen bytes from a place on may be of the name of a host, a bit each. Leaves the bytes in `block`. */
export const hostAt = (place: Code): Code => [
  set(local.block, bytes16.load(place, places.input)),
  bytes16.bits(
    bytes16.differ(
      bytes16.and(
        halves(get(local.block), places.hostBytes),
        halves(bytes16.shiftRight16(get(local.block), i32.of(4)), places.hostBytes + 16),
      ),
      bytes16.splat(i32.of(0)),
    ),
  ),
];

const SMALL_W = 0x77;
const foldedAt = (place: Code, offset: number): Code => i32.and(byteAt(place, offset), i32.of(31));

/** Not zero where one of these words may begin, by three letters of it. */
export const hasWord = (place: Code, offset: number, words: Code): Code =>
  i32.or(
    i32.and(
      i32.load8(
        i32.or(
          i32.or(
            i32.shiftLeft(foldedAt(place, offset), i32.of(10)),
            i32.shiftLeft(foldedAt(place, offset + 1), i32.of(5)),
          ),
          foldedAt(place, offset + 2),
        ),
        places.triples,
      ),
      words,
    ),
    // The command `w`.
    i32.and(
      i32.equal(i32.or(byteAt(place, offset), i32.of(0x20)), i32.of(SMALL_W)),
      i32.isZero(kindAt(place, offset + 1, sideKinds.word)),
    ),
  );
