import { Buffer } from "node:buffer";
import { MAX_SIGNS, places } from "./threat-bytes-layout.ts";
import { addressLook, braceLook, dollarLook, equalsLook } from "./threat-name-program.ts";
import {
  both,
  byteAt,
  declaredLocals,
  goTo,
  hasWord,
  here,
  isAny,
  isAt,
  keepIf,
  kindAt,
  local as l,
  nameAt,
  next,
  pairAt,
  sideAt,
} from "./threat-sign-code.ts";
import {
  besides,
  doubleOperatorWords,
  nameKinds,
  sideKinds,
  signClass,
  wordBits,
} from "./threat-sign-tables.ts";
import { again, get, i32, i64, repeat, set, when, type Code, type VectorFunction } from "./vector-code.ts";

const [AMPERSAND, BAR, BACKTICK, SLASH] = [0x26, 0x7c, 0x60, 0x2f];
const [DOLLAR, BRACE, BACKSLASH, SPACE] = [0x24, 0x7b, 0x5c, 0x20];
const [QUOTE, APOSTROPHE, COLON] = [0x22, 0x27, 0x3a];
/** How far behind an operator a word is looked for. */
const MOST_GAP = 8;
const [length, home] = [0, 1];
const isDigitAt = (place: Code): Code => i32.less(i32.subtract(byteAt(place, 0), i32.of(0x30)), i32.of(10));

const isOneOf = (place: Code, offset: number, bytes: readonly number[]): Code =>
  bytes.map((byte) => isAt(place, offset, byte)).reduce((all, one) => i32.or(all, one));
/** How far a word or a sign is looked for behind a quote: past so many of what may stand between, and once where none does. */
const MOST_BETWEEN = 4;
/** Bytes of what may stand between, a bracket, a blank or an escape of white space; 0: something else follows. */
const between: Code = i32.or(
  isOneOf(next, 0, Array.from(Buffer.from(" )+]}"))),
  i32.shiftLeft(
    i32.and(isAt(next, 0, BACKSLASH), isOneOf(next, 1, Array.from(Buffer.from("nrtNRT")))),
    i32.of(1),
  ),
);
/** Has a look be taken behind a quote of so many bytes. */
const behindQuote = (length: number): Code => [goTo(i32.add(here, i32.of(length))), set(l.quoted, i32.of(1))];
/** Tells where a word, a sign or a time of day follows that breaks out of a text. */
const breaksOut: Code = [
  set(l.most, i32.of(MOST_BETWEEN)),
  repeat(
    set(l.from, i32.of(0)),
    set(l.words, kindAt(next, 0, sideKinds.word)),
    when(
      get(l.words),
      when(kindAt(next, 0, sideKinds.letter), keepIf(hasWord(next, 0, i32.of(wordBits.breakout)))),
      when(isDigitAt(next), keepIf(i32.or(isAt(next, 1, COLON), isAt(next, 2, COLON)))),
    ),
    when(
      i32.isZero(get(l.words)),
      keepIf(kindAt(next, 0, sideKinds.breaksOut)),
      set(l.from, between),
      goTo(i32.add(next, get(l.from))),
      set(l.most, i32.subtract(get(l.most), i32.of(1))),
    ),
    again(both(both(get(l.from), get(l.most)), i32.isZero(get(l.keep)))),
  ),
];

/** An apostrophe inside of a word is by far the most frequent. */
const quoteLook: Code = [
  set(l.words, kindAt(here, 1, sideKinds.letter)),
  when(get(l.words), keepIf(hasWord(here, 1, i32.of(wordBits.breakout)))),
  when(i32.isZero(get(l.words)), behindQuote(1)),
];

const slashLook: Code = keepIf(
  i32.or(i32.or(kindAt(here, -1, sideKinds.beforeSlash), get(home)), sideAt(here, 1, besides.slashBehind)),
);

const openLook: Code = keepIf(
  i32.or(sideAt(here, -2, besides.callBefore), sideAt(here, 1, besides.openBehind)),
);

const isDouble = i32.and(
  i32.equal(byteAt(here, 1), get(l.sign)),
  i32.or(i32.equal(get(l.sign), i32.of(AMPERSAND)), i32.equal(get(l.sign), i32.of(BAR))),
);
/** An operator of a shell; one of two letters, and what is hidden by an escape, is looked at by others. */
const operatorLook: Code = [
  set(l.sign, byteAt(here, 0)),
  set(l.words, i32.load8(get(l.sign), places.operatorWords)),
  goTo(i32.add(here, i32.of(1))),
  keepIf(i32.and(i32.equal(get(l.sign), i32.of(BAR)), i32.and(isAt(next, 0, SPACE), isAt(next, 1, BAR)))),
  when(isDouble, set(l.words, i32.of(doubleOperatorWords)), goTo(i32.add(next, i32.of(1)))),
  set(l.most, i32.add(next, i32.of(MOST_GAP))),
  when(
    kindAt(next, 0, sideKinds.gap),
    repeat(
      goTo(i32.add(next, i32.of(1))),
      again(i32.and(i32.less(next, get(l.most)), i32.shiftRight(kindAt(next, 0, sideKinds.gap), i32.of(2)))),
    ),
  ),
  when(kindAt(next, 0, sideKinds.letter), keepIf(hasWord(next, 0, get(l.words)))),
  // A digit counts behind two operators.
  keepIf(i32.and(i32.equal(get(l.words), i32.of(doubleOperatorWords)), isDigitAt(next))),
  set(l.from, isAt(next, 0, BACKSLASH)),
  when(get(l.from), keepIf(nameAt(next, 1, nameKinds.escaped))),
  when(
    i32.and(i32.isZero(get(l.from)), isAny(kindAt(next, 0, sideKinds.begins))),
    keepIf(
      i32.isZero(
        i32.or(
          // Programs have many expressions that begin a text in backticks.
          i32.and(
            i32.equal(get(l.sign), i32.of(BACKTICK)),
            i32.and(isAt(next, 0, DOLLAR), isAt(next, 1, BRACE)),
          ),
          // Without an escape it ends the text: only two operators are told before it.
          i32.and(isAt(next, 0, QUOTE), i32.differ(get(l.words), i32.of(doubleOperatorWords))),
        ),
      ),
    ),
  ),
];

/** Behind the line break of an escape: past two of the blanks and line breaks that follow. */
const pastBreaks: Code = [0, 1].map(() => [
  set(l.most, next),
  when(kindAt(get(l.most), 0, sideKinds.blank), goTo(i32.add(get(l.most), i32.of(1)))),
  when(
    i32.and(
      isAt(get(l.most), 0, BACKSLASH),
      i32.shiftRight(kindAt(get(l.most), 1, sideKinds.lineBreak), i32.of(7)),
    ),
    goTo(i32.add(get(l.most), i32.of(2))),
  ),
]);
const backslashLook: Code = [
  goTo(i32.add(here, i32.of(2))),
  set(l.sign, kindAt(here, 1, sideKinds.lineBreak)),
  when(
    get(l.sign),
    pastBreaks,
    keepIf(isAt(next, 0, SLASH)),
    when(kindAt(next, 0, sideKinds.letter), keepIf(hasWord(next, 0, i32.of(wordBits.command)))),
  ),
  when(
    i32.isZero(get(l.sign)),
    // Of a quote; anything else that has a pair is looked at by others.
    when(i32.or(isAt(here, 1, QUOTE), isAt(here, 1, APOSTROPHE)), behindQuote(2)),
    keepIf(i32.isZero(get(l.quoted))),
  ),
];

const ofClass = (kind: number, ...body: readonly Code[]): Code =>
  when(i32.equal(get(l.kind), i32.of(kind)), ...body);

/**
 * `s(length, home)`: writes down where signs stand that what is beside them makes worth a look, and how many. Leaves out no more than what
 * `threat-sign-look.ts` would pass. @param home whether a `~` is in the message
 */
export function signProgram(): VectorFunction {
  const isLeft = i32.isZero(i64.isZero(get(l.signs)));
  const body: Code = [
    repeat(
      set(l.signs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.signs)),
      when(
        isLeft,
        repeat(
          set(l.place, i32.add(get(l.at), i32.wrap(i64.ctz(get(l.signs))))),
          set(l.kind, i32.load8(pairAt(here, 0), places.pairs)),
          when(
            get(l.kind),
            set(l.keep, i32.equal(get(l.kind), i32.of(signClass.always))),
            set(l.quoted, i32.of(0)),
            ofClass(signClass.slash, slashLook),
            ofClass(signClass.open, openLook),
            ofClass(signClass.operator, operatorLook),
            ofClass(signClass.quote, quoteLook),
            ofClass(signClass.backslash, backslashLook),
            ofClass(signClass.equals, equalsLook),
            ofClass(signClass.dollar, dollarLook),
            ofClass(signClass.brace, braceLook),
            ofClass(signClass.address, addressLook),
            when(get(l.quoted), breaksOut),
            // Written before it counts.
            i32.store16(i32.shiftLeft(get(l.count), i32.of(1)), places.found, here),
            when(get(l.keep), set(l.count, i32.add(get(l.count), i32.less(get(l.count), i32.of(MAX_SIGNS))))),
          ),
          set(l.signs, i64.and(get(l.signs), i64.subtract(get(l.signs), i64.of(1n)))),
          again(isLeft),
        ),
      ),
      set(l.at, i32.add(get(l.at), i32.of(64))),
      again(i32.less(get(l.at), get(length))),
    ),
    get(l.count),
  ];
  return { name: "s", parameters: 2, declared: declaredLocals, body };
}
