import { MAX_SIGNS, places } from "./threat-bytes-layout.ts";
import { besides, doubleOperatorWords, sideKinds, signClass, wordBits } from "./threat-sign-tables.ts";
import {
  again,
  get,
  I32,
  i32,
  I64,
  i64,
  locals,
  repeat,
  set,
  when,
  type Code,
  type VectorFunction,
} from "./vector-code.ts";

const [AMPERSAND, BAR, BACKTICK, SLASH] = [0x26, 0x7c, 0x60, 0x2f];
const [DOLLAR, BRACE, BACKSLASH, SPACE, SMALL_W] = [0x24, 0x7b, 0x5c, 0x20, 0x77];
/** How far behind an operator a word is looked for, as in `threat-sign-look.ts`. */
const MOST_GAP = 8;

const { at: l, declared } = locals(2, {
  at: I32,
  count: I32,
  place: I32,
  keep: I32,
  /** What a sign may begin: see `signClass`. */
  kind: I32,
  sign: I32,
  next: I32,
  most: I32,
  words: I32,
  signs: I64,
});
const [length, home] = [0, 1];

const byteAt = (place: Code, offset: number): Code => i32.load8(place, places.input + offset);
const asciiAt = (place: Code, offset: number): Code => i32.and(byteAt(place, offset), i32.of(0x7f));
const foldedAt = (place: Code, offset: number): Code => i32.and(byteAt(place, offset), i32.of(31));
const kindAt = (place: Code, offset: number, kinds: number): Code =>
  i32.and(i32.load8(byteAt(place, offset), places.kinds), i32.of(kinds));
/** Two bytes as `pair` says them. */
const pairAt = (place: Code, offset: number): Code =>
  i32.or(i32.shiftLeft(asciiAt(place, offset), i32.of(7)), asciiAt(place, offset + 1));
const isAt = (place: Code, offset: number, byte: number): Code =>
  i32.equal(byteAt(place, offset), i32.of(byte));
const keepIf = (condition: Code): Code => set(l.keep, i32.or(get(l.keep), condition));

/** Not zero where one of these words may begin: see `hasWord` of `threat-sign-look.ts`. */
const hasWord = (place: Code, offset: number, words: Code): Code =>
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
    i32.and(
      i32.equal(i32.or(byteAt(place, offset), i32.of(0x20)), i32.of(SMALL_W)),
      i32.isZero(kindAt(place, offset + 1, sideKinds.word)),
    ),
  );

/** Not zero where a word or a sign follows that breaks out of a text. */
const breaksOut = (offset: number): Code => [
  when(
    kindAt(get(l.place), offset, sideKinds.letter),
    keepIf(hasWord(get(l.place), offset, i32.of(wordBits.breakout))),
  ),
  keepIf(kindAt(get(l.place), offset, sideKinds.breaksOut)),
];

const slash: Code = keepIf(
  i32.or(
    i32.or(kindAt(get(l.place), -1, sideKinds.beforeSlash), get(home)),
    i32.and(i32.load8(pairAt(get(l.place), 1), places.sides), i32.of(besides.slashBehind)),
  ),
);

const open: Code = keepIf(
  i32.or(
    i32.and(i32.load8(pairAt(get(l.place), -2), places.sides), i32.of(besides.callBefore)),
    i32.and(i32.load8(pairAt(get(l.place), 1), places.sides), i32.of(besides.openBehind)),
  ),
);

const isDouble = i32.and(
  i32.equal(byteAt(get(l.place), 1), get(l.sign)),
  i32.or(i32.equal(get(l.sign), i32.of(AMPERSAND)), i32.equal(get(l.sign), i32.of(BAR))),
);
/** An operator of a shell; one of two letters, and what is hidden by an escape, is looked at by others. */
const operator: Code = [
  set(l.sign, byteAt(get(l.place), 0)),
  set(l.words, i32.load8(get(l.sign), places.operatorWords)),
  set(l.next, i32.add(get(l.place), i32.of(1))),
  keepIf(
    i32.and(
      i32.equal(get(l.sign), i32.of(BAR)),
      i32.and(isAt(get(l.next), 0, SPACE), isAt(get(l.next), 1, BAR)),
    ),
  ),
  when(isDouble, set(l.words, i32.of(doubleOperatorWords)), set(l.next, i32.add(get(l.next), i32.of(1)))),
  set(l.most, i32.add(get(l.next), i32.of(MOST_GAP))),
  when(
    kindAt(get(l.next), 0, sideKinds.gap),
    repeat(
      set(l.next, i32.add(get(l.next), i32.of(1))),
      again(
        i32.and(
          i32.less(get(l.next), get(l.most)),
          i32.shiftRight(kindAt(get(l.next), 0, sideKinds.gap), i32.of(2)),
        ),
      ),
    ),
  ),
  when(kindAt(get(l.next), 0, sideKinds.letter), keepIf(hasWord(get(l.next), 0, get(l.words)))),
  // A digit counts behind two operators.
  keepIf(
    i32.and(
      i32.equal(get(l.words), i32.of(doubleOperatorWords)),
      i32.less(i32.subtract(byteAt(get(l.next), 0), i32.of(0x30)), i32.of(10)),
    ),
  ),
  // Programs have many expressions that begin a text in backticks.
  when(
    kindAt(get(l.next), 0, sideKinds.begins),
    keepIf(
      i32.isZero(
        i32.and(
          i32.equal(get(l.sign), i32.of(BACKTICK)),
          i32.and(isAt(get(l.next), 0, DOLLAR), isAt(get(l.next), 1, BRACE)),
        ),
      ),
    ),
  ),
];

/** Behind the line break of an escape: past two of the blanks and line breaks that follow. */
const pastBreaks: Code = [0, 1].map(() => [
  set(l.most, get(l.next)),
  when(kindAt(get(l.most), 0, sideKinds.blank), set(l.next, i32.add(get(l.most), i32.of(1)))),
  when(
    i32.and(
      isAt(get(l.most), 0, BACKSLASH),
      i32.shiftRight(kindAt(get(l.most), 1, sideKinds.lineBreak), i32.of(7)),
    ),
    set(l.next, i32.add(get(l.most), i32.of(2))),
  ),
]);
const backslash: Code = [
  set(l.next, i32.add(get(l.place), i32.of(2))),
  set(l.sign, kindAt(get(l.place), 1, sideKinds.lineBreak)),
  when(
    get(l.sign),
    pastBreaks,
    keepIf(isAt(get(l.next), 0, SLASH)),
    when(kindAt(get(l.next), 0, sideKinds.letter), keepIf(hasWord(get(l.next), 0, i32.of(wordBits.command)))),
  ),
  when(
    i32.isZero(get(l.sign)),
    // Of a quote; anything else that has a pair is looked at by others.
    set(l.sign, i32.or(isAt(get(l.place), 1, 0x22), isAt(get(l.place), 1, 0x27))),
    when(get(l.sign), breaksOut(2)),
    keepIf(i32.isZero(get(l.sign))),
  ),
];

const ofClass = (kind: number, ...body: readonly Code[]): Code =>
  when(i32.equal(get(l.kind), i32.of(kind)), ...body);

/**
 * `s(length, home)`: writes down where signs stand that what is beside them makes worth a look, and how many. Leaves out no more than what
 * `threat-sign-look.ts` would pass. @param home whether a `~` is in the message
 */
export function signProgram(): VectorFunction {
  const isAny = i32.isZero(i64.isZero(get(l.signs)));
  const body: Code = [
    repeat(
      set(l.signs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.signs)),
      when(
        isAny,
        repeat(
          set(l.place, i32.add(get(l.at), i32.wrap(i64.ctz(get(l.signs))))),
          set(l.kind, i32.load8(pairAt(get(l.place), 0), places.pairs)),
          when(
            get(l.kind),
            set(l.keep, i32.equal(get(l.kind), i32.of(signClass.always))),
            ofClass(signClass.slash, slash),
            ofClass(signClass.open, open),
            ofClass(signClass.operator, operator),
            ofClass(signClass.quote, breaksOut(1)),
            ofClass(signClass.backslash, backslash),
            // Written before it counts.
            i32.store16(i32.shiftLeft(get(l.count), i32.of(1)), places.found, get(l.place)),
            when(get(l.keep), set(l.count, i32.add(get(l.count), i32.less(get(l.count), i32.of(MAX_SIGNS))))),
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
  return { name: "s", parameters: 2, declared, body };
}
