import { Buffer } from "node:buffer";
import { places } from "./threat-bytes-layout.ts";
import {
  both,
  byteAt,
  goTo,
  hasWord,
  here,
  isAny,
  isAt,
  keepIf,
  kindAt,
  local as l,
  nameAt,
  hostAt,
  next,
  sideAt,
} from "./threat-sign-code.ts";
import { besides, nameKinds, sideKinds, wordBits } from "./threat-sign-tables.ts";
import { MAX_USER } from "./threat-slashes.ts";
import { again, bytes16, get, i32, repeat, set, when, type Code } from "./vector-code.ts";

// What stands beside signs that programs and addresses have before names and behind them.

/** The parameter that says whether a `~` is in the message. */
const HOME = 1;
const HTTP = Buffer.from("http");
const [COLON, SEMICOLON, SMALL_S] = [0x3a, 0x3b, 0x73];
const [SPACE, COMMA, DOT, AT, BRACE, END_BRACE] = [0x20, 0x2c, 0x2e, 0x40, 0x7b, 0x7d];
/** Bytes that are looked at together. */
const RUN = 16;
/** As far as is looked back from a sign: names of handlers of events have hardly more. */
const MAX_BACK = 27;
/** Letters of a command in braces. */
const MOST_NAME = 10;
/** Characters of an expression that is nothing but names. */
const MOST_NAMES = 60;

const isFolded = (place: Code, offset: number, letter: number): Code =>
  i32.equal(i32.or(byteAt(place, offset), i32.of(0x20)), i32.of(letter));
const move = (by: number): Code => goTo(i32.add(next, i32.of(by)));

/** Behind `=` a value, and one before it; a scheme; or before it the name of a handler, or a name behind a word of SQL. */
export const equalsLook: Code = [
  keepIf(sideAt(i32.add(here, isAt(here, 1, SPACE)), 1, besides.schemeBehind)),
  // Where what stands before it ends.
  goTo(i32.subtract(here, isAny(nameAt(here, -1, nameKinds.space)))),
  keepIf(
    both(
      nameAt(next, -1, nameKinds.end),
      i32.or(
        nameAt(here, 1, nameKinds.value),
        both(nameAt(here, 1, nameKinds.space), nameAt(here, 2, nameKinds.value)),
      ),
    ),
  ),
  when(
    kindAt(next, -1, sideKinds.word),
    set(l.from, next),
    repeat(
      move(-1),
      again(
        i32.and(
          isAny(kindAt(next, -1, sideKinds.word)),
          i32.less(i32.subtract(get(l.from), next), i32.of(MAX_BACK)),
        ),
      ),
    ),
    keepIf(i32.and(isFolded(next, 0, 0x6f), isFolded(next, 1, 0x6e))),
    keepIf(both(isAt(next, -1, SPACE), nameAt(next, -2, nameKinds.endOfWord))),
  ),
];

/** Behind `$`: whether it is more than an expression of nothing but names. */
export const dollarLook: Code = [
  set(l.sign, isAt(here, 1, BRACE)),
  keepIf(i32.isZero(get(l.sign))),
  when(
    get(l.sign),
    goTo(i32.add(here, i32.of(2))),
    set(l.most, i32.add(here, i32.of(MOST_NAMES))),
    // Whether a name begins.
    set(l.before, i32.of(1)),
    repeat(
      when(
        get(l.before),
        keepIf(
          i32.or(i32.isZero(kindAt(next, 0, sideKinds.letter)), hasWord(next, 0, i32.of(wordBits.name))),
        ),
      ),
      set(l.before, isAt(next, 0, DOT)),
      set(l.sign, isAt(next, 0, END_BRACE)),
      keepIf(i32.isZero(i32.or(i32.or(get(l.before), get(l.sign)), kindAt(next, 0, sideKinds.word)))),
      move(1),
      keepIf(i32.and(i32.isZero(get(l.sign)), i32.equal(next, get(l.most)))),
      again(i32.isZero(i32.or(get(l.sign), get(l.keep)))),
    ),
  ),
];

/** Behind `{`: an expression, or a short name with a comma. */
export const braceLook: Code = [
  keepIf(i32.isZero(kindAt(here, 1, sideKinds.letter))),
  keepIf(hasWord(here, 1, i32.of(wordBits.expression))),
  goTo(i32.add(here, i32.of(1))),
  set(l.most, i32.add(next, i32.of(MOST_NAME))),
  when(
    i32.isZero(get(l.keep)),
    repeat(move(1), again(i32.and(isAny(kindAt(next, 0, sideKinds.letter)), i32.less(next, get(l.most))))),
    keepIf(isAt(next, 0, COMMA)),
  ),
];

/** Whether an inner name may be as long and begin with the same letter: the names of hosts from a place to the end of the last. */
const isInner = (start: Code): Code => [
  set(l.words, i32.subtract(get(l.most), start)),
  when(
    i32.less(get(l.words), i32.of(32)),
    keepIf(
      i32.load8(
        i32.or(
          i32.shiftLeft(get(l.words), i32.of(7)),
          i32.and(i32.or(byteAt(start, 0), i32.of(0x20)), i32.of(0x7f)),
        ),
        places.hosts,
      ),
    ),
  ),
];

/** Behind two slashes: whether the host may be an address, a name that only an inner network knows, or one behind a user. */
export const addressLook: Code = [
  keepIf(i32.or(i32.or(isAt(here, -1, DOT), isAt(here, -1, SEMICOLON)), get(HOME))),
  // Behind another scheme than `http` and `https`.
  when(
    isAt(here, -1, COLON),
    goTo(i32.subtract(i32.subtract(here, i32.of(1)), isAt(here, -2, SMALL_S))),
    keepIf(i32.isZero(i32.equal(i32.load(next, places.input - HTTP.length), i32.of(HTTP.readInt32LE())))),
  ),
  goTo(i32.add(here, i32.of(2))),
  keepIf(nameAt(next, 0, nameKinds.oddHost)),
  // No name of a host: whatever else may have an `@` behind it, as a space, a slash and a quote have not.
  keepIf(i32.isZero(nameAt(next, 0, nameKinds.host | nameKinds.endOfHost))),
  when(
    i32.and(i32.isZero(get(l.keep)), isAny(nameAt(next, 0, nameKinds.host))),
    // Where the last label begins, the one before it; and how far is looked.
    set(l.from, next),
    set(l.before, next),
    set(l.most, i32.add(next, i32.of(MAX_USER))),
    repeat(
      // How many of the next sixteen are of the name, and where dots stand among them.
      set(l.run, i32.ctz(i32.or(i32.xor(hostAt(next), i32.of(-1)), i32.of(1 << RUN)))),
      set(
        l.words,
        i32.and(
          bytes16.bits(bytes16.equal(get(l.block), bytes16.splat(i32.of(DOT)))),
          i32.subtract(i32.shiftLeft(i32.of(1), get(l.run)), i32.of(1)),
        ),
      ),
      when(
        get(l.words),
        repeat(
          set(l.before, get(l.from)),
          set(l.from, i32.add(i32.add(next, i32.ctz(get(l.words))), i32.of(1))),
          set(l.words, i32.and(get(l.words), i32.subtract(get(l.words), i32.of(1)))),
          again(get(l.words)),
        ),
      ),
      goTo(i32.add(next, get(l.run))),
      again(i32.and(i32.equal(get(l.run), i32.of(RUN)), i32.less(next, get(l.most)))),
    ),
    // Longer than is looked at there.
    keepIf(i32.isZero(i32.less(next, get(l.most)))),
    // Without a dot, or with one at its end.
    keepIf(i32.equal(get(l.from), i32.add(here, i32.of(2)))),
    keepIf(i32.equal(get(l.from), next)),
    set(l.sign, get(l.most)),
    set(l.most, next),
    isInner(get(l.from)),
    isInner(get(l.before)),
    set(l.most, get(l.sign)),
    when(
      i32.isZero(get(l.keep)),
      repeat(
        keepIf(isAt(next, 0, AT)),
        set(l.sign, i32.or(get(l.keep), nameAt(next, 0, nameKinds.endOfHost))),
        move(1),
        again(i32.and(i32.isZero(get(l.sign)), i32.less(next, get(l.most)))),
      ),
    ),
  ),
];
