import { signsInJson } from "./threat-signs.ts";
import {
  besides,
  byteKinds,
  doubleOperatorWords,
  isDigit,
  isLetter,
  isWord,
  operatorWords,
  pair,
  pairsOf,
  sideKinds,
  sidePairs,
  tableOf,
  triple,
  triples,
  wordBits,
} from "./threat-sign-tables.ts";
import { isOddSlash } from "./threat-slashes.ts";

const isKind = (byte: number, kind: number): boolean => ((byteKinds[byte] ?? 0) & kind) !== 0;

/** Whether a word of these lists may begin there. */
function hasWord(bytes: Uint8Array, at: number, bits: number): boolean {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (((triples[triple(first, second, bytes[at + 2] ?? 0)] ?? 0) & bits) !== 0) return true;
  // The command `w`.
  return (first | 0x20) === 0x77 && !isWord(second);
}
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const OPEN = 0x28;
const BRACE = 0x7b;
const EQUALS = 0x3d;
const AND = 0x26;
const OR = 0x7c;
const DOLLAR = 0x24;
const APOSTROPHE = 0x27;
const SEMICOLON = 0x3b;
const BACKTICK = 0x60;
const [SMALL_N, SMALL_R, SMALL_U] = [0x6e, 0x72, 0x75];
const SLASH = 0x2f;
const QUOTES = tableOf("'\"");

/** What may stand behind a quote that breaks out. */
function breaksOut(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at] ?? 0;
  if (isLetter(next)) return hasWord(bytes, at, wordBits.breakout);
  return isKind(next, sideKinds.breaksOut);
}

function opens(bytes: Uint8Array, at: number): boolean {
  const before = sidePairs[pair(bytes[at - 2] ?? 0, bytes[at - 1] ?? 0)] ?? 0;
  const behind = sidePairs[pair(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)] ?? 0;
  return ((before & besides.callBefore) | (behind & besides.openBehind)) !== 0;
}

/** As far as is looked back from a sign: names of handlers of events have hardly more. */
const MAX_BACK = 27;
const BEHIND_EQUALS = pairsOf("fi go di ld");
const VALUES = tableOf("0123456789'\"(\\");
const ENDS = tableOf("0123456789'\")");
/** How `or`, `and`, `having` and `where` end. */
const ENDS_OF_WORDS = tableOf("rdgeRDGE");

function assigns(bytes: Uint8Array, at: number): boolean {
  const behind = bytes[at + 1] === SPACE ? at + 2 : at + 1;
  const next = bytes[behind] ?? 0;
  if (BEHIND_EQUALS[pair(next | 0x20, (bytes[behind + 1] ?? 0) | 0x20)] === 1) return true;
  const end = isSpace(bytes[at - 1] ?? 0) ? at - 1 : at;
  const follows = bytes[at + 1] ?? 0;
  if (
    ENDS[bytes[end - 1] ?? 0] === 1 &&
    (VALUES[follows] === 1 || (isSpace(follows) && VALUES[bytes[at + 2] ?? 0] === 1))
  )
    return true;
  let start = end;
  while (end - start < MAX_BACK && isWord(bytes[start - 1] ?? 0)) start--;
  if (start === end) return false;
  if (((bytes[start] ?? 0) | 0x20) === 0x6f && ((bytes[start + 1] ?? 0) | 0x20) === 0x6e) return true;
  return bytes[start - 1] === SPACE && ENDS_OF_WORDS[bytes[start - 2] ?? 0] === 1;
}
const isSpace = (byte: number): boolean => byte === SPACE || (byte >= 0x09 && byte <= 0x0d);

/** Behind an operator of a shell. */
function operates(bytes: Uint8Array, at: number, sign: number): boolean {
  let next = at + 1;
  if (bytes[next] === SPACE && sign === OR && bytes[next + 1] === OR) next++;
  const isDouble = (sign === AND || sign === OR) && bytes[next] === sign;
  if (isDouble) next++;
  const most = next + 8;
  while (next < most && isKind(bytes[next] ?? 0, sideKinds.gap)) next++;
  const byte = bytes[next] ?? 0;
  if (isDigit(byte)) return isDouble;
  const second = bytes[next + 1] ?? 0;
  if (byte === BACKSLASH) return ESCAPED[second] === 1;
  if (byte === DOLLAR && sign === BACKTICK) return second !== BRACE;
  if (!isLetter(byte)) return isKind(byte, sideKinds.begins);
  const bits = isDouble ? doubleOperatorWords : (operatorWords[sign] ?? 0);
  return hasWord(bytes, next, bits);
}
const ESCAPED = tableOf("\\\"'t");

/** Behind a backslash in JSON. */
function escapes(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1] ?? 0;
  if (QUOTES[next] === 1) return breaksOut(bytes, at + 2);
  if (next !== SMALL_N && next !== SMALL_R) return next === BACKSLASH || next === SLASH || next === SMALL_U;
  let from = at + 2;
  for (let skipped = 0; skipped < 2; skipped++) {
    const byte = bytes[from] ?? 0;
    const escaped = bytes[from + 1] ?? 0;
    if (byte === SPACE || byte === 0x09) from++;
    else if (byte === BACKSLASH && (escaped === SMALL_N || escaped === SMALL_R)) from += 2;
    else break;
  }
  const byte = bytes[from] ?? 0;
  return byte === SLASH || (isLetter(byte) && hasWord(bytes, from, wordBits.command));
}

const MOST_NAME = 10;
/** Behind `{`. */
function embraces(bytes: Uint8Array, at: number): boolean {
  if (!isLetter(bytes[at + 1] ?? 0) || hasWord(bytes, at + 1, wordBits.expression)) return true;
  let end = at + 1;
  while (end - at <= MOST_NAME && isLetter(bytes[end] ?? 0)) end++;
  return bytes[end] === 0x2c;
}

const MOST_NAMES = 60;
/** Behind `$`: whether it is more than an expression of nothing but names, as programs have many. */
function expands(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] !== BRACE) return true;
  let begins = true;
  for (let end = at + 2; end < at + MOST_NAMES; end++) {
    const byte = bytes[end] ?? 0;
    if (begins && (!isLetter(byte) || hasWord(bytes, end, wordBits.name))) return true;
    begins = byte === 0x2e;
    if (byte === 0x7d) return false;
    if (!begins && !isWord(byte)) return true;
  }
  return true;
}

/** Whether something may be at a sign whose pair says so: told from some bytes about it. */
function mayBeOdd(bytes: Uint8Array, at: number, sign: number): boolean {
  switch (sign) {
    case OPEN:
      return opens(bytes, at);
    case EQUALS:
      return assigns(bytes, at);
    case BACKSLASH:
      return escapes(bytes, at);
    case BRACE:
      return embraces(bytes, at);
    case DOLLAR:
      return expands(bytes, at);
    case APOSTROPHE:
      return breaksOut(bytes, at + 1);
    case AND:
    case OR:
    case SEMICOLON:
    case BACKTICK:
      return operates(bytes, at, sign);
    default:
      return true;
  }
}

const expressions = new Map<number, RegExp>(
  signsInJson.map(({ sign, pattern }) => [sign.charCodeAt(0), new RegExp(pattern, "iy")]),
);
/** By the code of the sign: an index costs less than a look into a map. */
const expressionOf: readonly (RegExp | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  expressions.get(code),
);

/** The expressions over a peer's text, for the test that proves them linear. */
export const signPatterns: readonly RegExp[] = [...expressions.values()];

/** A text of JSON with signs. */
export interface SignedText {
  readonly latin1: string;
  /** Of the text, one for each character of it. */
  readonly bytes: Uint8Array;
  /** Where signs stand whose next character says that something may be there: see `signPairs`. */
  readonly places: Uint16Array;
  readonly count: number;
}

/** Whether anything of an attack stands at one of the signs of a text of JSON. Looks at each of them, and a bounded number of characters about it. */
export function hasOddSign(text: SignedText): boolean {
  const { latin1, bytes, places, count } = text;
  let hasHome: boolean | null = null;
  for (let index = 0; index < count; index++) {
    const at = places[index] ?? 0;
    const sign = bytes[at] ?? 0;
    if (sign === SLASH) {
      hasHome ??= latin1.indexOf("~") !== -1;
      if (isOddSlash(text, at, hasHome)) return true;
      continue;
    }
    const expression = expressionOf[sign];
    if (expression === undefined || !mayBeOdd(bytes, at, sign)) continue;
    expression.lastIndex = at;
    if (expression.test(latin1)) return true;
  }
  return false;
}
