import { signWords, signsInJson } from "./threat-signs.ts";
import { isOddSlash } from "./threat-slashes.ts";

/** Two characters of ASCII as one number. */
const pair = (first: number, second: number): number => ((first & 0x7f) << 7) | (second & 0x7f);
const bothCases = (char: string): readonly number[] => [
  char.toLowerCase().charCodeAt(0),
  char.toUpperCase().charCodeAt(0),
];

/** Which sign with which character behind it may begin something: 1 by `pair`. */
export const signPairs: Uint8Array = new Uint8Array(1 << 14);
for (const { sign, next } of signsInJson)
  for (const char of next) for (const code of bothCases(char)) signPairs[pair(sign.charCodeAt(0), code)] = 1;
const SLASH = 0x2f;
signPairs.fill(1, pair(SLASH, 0), pair(SLASH + 1, 0));

/** Three letters as one number; both cases of each, and some signs, are one. */
const triple = (first: number, second: number, third: number): number =>
  ((first & 31) << 10) | ((second & 31) << 5) | (third & 31);

/** Of three letters: what words begin with them. */
const COMMAND = 1;
const STATEMENT = 2;
const BREAKOUT = 4;
const OPERATED = 8;
const REFERENCE = 16;
const FILTER = 32;
const EXPRESSION = 64;
const NAME = 128;
const triples = new Uint8Array(1 << 15);

function addTriples(words: string, bit: number): void {
  for (const word of words.split("|")) {
    const [first = 0, ...rest] = Array.from(word.replace(/[^a-z].*$/, "").slice(0, 3), (char) =>
      char.charCodeAt(0),
    );
    // Of one letter: see `hasWord`. Of two: anything may follow.
    const [second, third] = rest;
    if (second === undefined) continue;
    for (const last of third === undefined ? Array.from({ length: 32 }, (_, code) => code) : [third]) {
      const at = triple(first, second, last);
      triples[at] = (triples[at] ?? 0) | bit;
    }
  }
}
addTriples(signWords.commands, COMMAND);
addTriples(signWords.statements, STATEMENT);
addTriples(`${signWords.breakout}|like|rlike`, BREAKOUT);
addTriples(`${signWords.operated}|${signWords.commands}`, OPERATED);
addTriples(signWords.references, REFERENCE);
addTriples("attr|filter|map|sort|file", FILTER);
addTriples("php|system|exec|passthru|shell|readfile|fetch|if|self|literal|smarty", EXPRESSION);
addTriples(signWords.names, NAME);

/** 1 for each of some characters, by their code: a look into a set costs ten times as much. */
function tableOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < chars.length; index++) table[chars.charCodeAt(index)] = 1;
  return table;
}

/** How names before a bracket end, two characters; and their last before a space. */
const callEnds = new Uint8Array(1 << 14);
for (const name of signWords.calls.split("|"))
  for (const one of bothCases(name.length === 1 ? " " : name.slice(-2, -1)))
    for (const two of bothCases(name.slice(-1))) callEnds[pair(one, two)] = 1;
const spacedEnds = tableOf(
  signWords.spacedCalls
    .split("|")
    .map((word) => word.slice(-1) + word.slice(-1).toUpperCase())
    .join(""),
);

/** Whether a word of these lists may begin there. */
function hasWord(bytes: Uint8Array, at: number, bits: number): boolean {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (((triples[triple(first, second, bytes[at + 2] ?? 0)] ?? 0) & bits) !== 0) return true;
  // The command `w`.
  return (first | 0x20) === 0x77 && !isWord(second);
}
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isWord = (byte: number): boolean => isLetter(byte) || isDigit(byte) || byte === 0x5f;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const OPEN = 0x28;
const CLOSE = 0x29;
const BRACE = 0x7b;
const EQUALS = 0x3d;
const AND = 0x26;
const OR = 0x7c;
const DOLLAR = 0x24;
const APOSTROPHE = 0x27;
const SEMICOLON = 0x3b;
const BACKTICK = 0x60;
const [SMALL_N, SMALL_R, SMALL_U] = [0x6e, 0x72, 0x75];
const QUOTES = tableOf("'\"");
const BEFORE_WORDS = tableOf(" +(!~-");
const BEGINS = tableOf("/{$>'\"\\%#");
const BREAKOUT_SIGNS = tableOf(" )+]}\\-=*/|&^;#<>!%$`");

/** What may stand behind a quote that breaks out. */
function breaksOut(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at] ?? 0;
  if (isLetter(next)) return hasWord(bytes, at, BREAKOUT);
  return isDigit(next) || BREAKOUT_SIGNS[next] === 1;
}

function opens(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1] ?? 0;
  const last = bytes[at - 2] ?? 0;
  if (isWord(before) && callEnds[pair(isWord(last) ? last : SPACE, before)] === 1) return true;
  if (before === SPACE && spacedEnds[last] === 1) return true;
  const next = bytes[at + 1] ?? 0;
  const second = bytes[at + 2] ?? 0;
  if (next === CLOSE) return second === SPACE || second === BRACE;
  if (next === SPACE) return (second | 0x20) === 0x73;
  return next === 0x23 || BEHIND_OPEN[pair(next | 0x20, second | 0x20)] === 1;
}
function pairsOf(words: string): Uint8Array {
  const table = new Uint8Array(1 << 14);
  for (const word of words.split(" ")) table[pair(word.charCodeAt(0), word.charCodeAt(1))] = 1;
  return table;
}
const BEHIND_OPEN = pairsOf("se ja vb da");

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
  while (next < most && BEFORE_WORDS[bytes[next] ?? 0] === 1) next++;
  const byte = bytes[next] ?? 0;
  if (isDigit(byte)) return isDouble;
  const second = bytes[next + 1] ?? 0;
  if (byte === BACKSLASH) return ESCAPED[second] === 1;
  if (byte === DOLLAR && sign === BACKTICK) return second !== BRACE;
  if (!isLetter(byte)) return BEGINS[byte] === 1;
  const bits = isDouble
    ? OPERATED
    : sign === AND
      ? COMMAND | REFERENCE
      : sign === OR
        ? COMMAND | FILTER
        : COMMAND | STATEMENT | BREAKOUT;
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
  return byte === SLASH || (isLetter(byte) && hasWord(bytes, from, COMMAND));
}

const MOST_NAME = 10;
/** Behind `{`. */
function embraces(bytes: Uint8Array, at: number): boolean {
  if (!isLetter(bytes[at + 1] ?? 0) || hasWord(bytes, at + 1, EXPRESSION)) return true;
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
    if (begins && (!isLetter(byte) || hasWord(bytes, end, NAME))) return true;
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
