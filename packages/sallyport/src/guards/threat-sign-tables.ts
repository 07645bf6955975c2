import { Buffer } from "node:buffer";
import { markHalves } from "./byte-halves.ts";
import { signWords, signsInJson } from "./threat-signs.ts";
import { isInHost, slashPairs } from "./threat-slashes.ts";

/** Two characters of ASCII as one number. */
export const pair = (first: number, second: number): number => ((first & 0x7f) << 7) | (second & 0x7f);
const bothCases = (char: string): readonly number[] => [
  char.toLowerCase().charCodeAt(0),
  char.toUpperCase().charCodeAt(0),
];
const codeOf = (char: string): number => char.charCodeAt(0);

/** What is looked at beside a sign before it is told: see `threat-sign-program.ts`. `always`: nothing more. */
export const signClass = {
  always: 1,
  slash: 2,
  open: 3,
  operator: 4,
  quote: 5,
  backslash: 6,
  equals: 7,
  dollar: 8,
  brace: 9,
  address: 10,
} as const;

const CLASSES: Readonly<Record<string, number>> = {
  "/": signClass.slash,
  "(": signClass.open,
  "&": signClass.operator,
  "|": signClass.operator,
  ";": signClass.operator,
  "`": signClass.operator,
  "'": signClass.quote,
  "\\": signClass.backslash,
  "=": signClass.equals,
  $: signClass.dollar,
  "{": signClass.brace,
};

/** Which sign with which character behind it may begin something: its class by `pair`. */
export const signPairs: Uint8Array = new Uint8Array(1 << 14);
for (const { sign, next } of signsInJson)
  for (const char of next)
    for (const code of bothCases(char))
      signPairs[pair(codeOf(sign), code)] = CLASSES[sign] ?? signClass.always;
const SLASH = 0x2f;
signPairs.fill(signClass.slash, pair(SLASH, 0), pair(SLASH + 1, 0));
signPairs[pair(SLASH, SLASH)] = signClass.address;

/** Three letters as one number; both cases of each, and some signs, are one. */
export const triple = (first: number, second: number, third: number): number =>
  ((first & 31) << 10) | ((second & 31) << 5) | (third & 31);

/** Of three letters: what words begin with them, a bit each. */
export const wordBits = {
  command: 1,
  statement: 2,
  breakout: 4,
  operated: 8,
  reference: 16,
  filter: 32,
  expression: 64,
  name: 128,
} as const;
/** By `triple`. */
export const triples: Uint8Array = new Uint8Array(1 << 15);

function addTriples(words: string, bit: number): void {
  for (const word of words.split("|")) {
    // As far as it is certain: what a question mark follows may be absent.
    const certain = word.replace(/.\?.*$/, "").replace(/[^a-z].*$/, "");
    const [first = 0, ...rest] = Array.from(certain.slice(0, 3), codeOf);
    // Of one letter: see `hasWord`. Of two: anything may follow.
    const [second, third] = rest;
    if (second === undefined) continue;
    for (const last of third === undefined ? Array.from({ length: 32 }, (_, code) => code) : [third]) {
      const at = triple(first, second, last);
      triples[at] = (triples[at] ?? 0) | bit;
    }
  }
}
addTriples(signWords.commands, wordBits.command);
addTriples(signWords.statements, wordBits.statement);
addTriples(`${signWords.breakout}|like|rlike`, wordBits.breakout);
addTriples(`${signWords.operated}|${signWords.commands}`, wordBits.operated);
addTriples(signWords.references, wordBits.reference);
addTriples("attr|filter|map|sort|file", wordBits.filter);
addTriples("php|system|exec|passthru|shell|readfile|fetch|if|self|literal|smarty", wordBits.expression);
addTriples(signWords.names, wordBits.name);

/** Words behind an operator, by its code; and behind two of them. */
export const operatorWords: Uint8Array = new Uint8Array(128);
const { command, statement, breakout, reference, filter, operated } = wordBits;
operatorWords[codeOf("&")] = command | reference;
operatorWords[codeOf("|")] = command | filter;
operatorWords[codeOf(";")] = command | statement | breakout;
operatorWords[codeOf("`")] = command | statement | breakout;
/** The same where two stand together. */
export const doubleOperatorWords: number = operated;

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

const SPACE = 0x20;
const CLOSE = 0x29;
const BRACE = 0x7b;
const HASH = 0x23;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isWord = (byte: number): boolean => isLetter(byte) || isDigit(byte) || byte === 0x5f;

/** 1 for each pair of some: two characters in a text, pairs apart by spaces. */
function pairsOf(words: string): Uint8Array {
  const table = new Uint8Array(1 << 14);
  for (const word of words.split(" ")) table[pair(word.charCodeAt(0), word.charCodeAt(1))] = 1;
  return table;
}
const BEHIND_OPEN = pairsOf("se ja vb da");
const BEHIND_EQUALS = pairsOf("fi go di ld");

function callsBefore(last: number, before: number): boolean {
  if (isWord(before) && callEnds[pair(isWord(last) ? last : SPACE, before)] === 1) return true;
  return before === SPACE && spacedEnds[last] === 1;
}

function opensBehind(next: number, second: number): boolean {
  if (next === CLOSE) return second === SPACE || second === BRACE;
  if (next === SPACE) return (second | 0x20) === 0x73;
  return next === HASH || BEHIND_OPEN[pair(next | 0x20, second | 0x20)] === 1;
}

/** What two characters before a sign or behind it say of it: a bit each, by `pair`. */
export const besides = { callBefore: 1, openBehind: 2, slashBehind: 4, schemeBehind: 8 } as const;
/** By `pair`. */
export const sidePairs: Uint8Array = new Uint8Array(1 << 14);
for (let first = 0; first < 128; first++)
  for (let second = 0; second < 128; second++)
    sidePairs[pair(first, second)] =
      (callsBefore(first, second) ? besides.callBefore : 0) |
      (opensBehind(first, second) ? besides.openBehind : 0) |
      (slashPairs[pair(first, second)] === 1 ? besides.slashBehind : 0) |
      (BEHIND_EQUALS[pair(first | 0x20, second | 0x20)] === 1 ? besides.schemeBehind : 0);

/** What a character beside a sign says of it: a bit each. */
export const sideKinds = {
  letter: 1,
  word: 2,
  /** Stands between an operator and a word. */
  gap: 4,
  /** Behind an operator. */
  begins: 8,
  /** Behind a quote, and what may stand between. */
  breaksOut: 16,
  /** Before a slash. */
  beforeSlash: 32,
  blank: 64,
  /** `n` or `r` of an escape. */
  lineBreak: 128,
} as const;

const GAPS = tableOf(" +(!~-");
const BEGINS = tableOf("/{$>'\"\\%#");
const BREAKOUT_SIGNS = tableOf("-=*/|&^;#<>!+%$`");
const BEFORE_SLASH = tableOf(".;:");
const BLANKS = tableOf(" \t");
const LINE_BREAKS = tableOf("nr");

const bit = (is: boolean, kind: number): number => (is ? kind : 0);

/** By the byte. */
export const byteKinds: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  return (
    bit(isLetter(byte), sideKinds.letter) |
    bit(isWord(byte), sideKinds.word) |
    bit(GAPS[byte] === 1, sideKinds.gap) |
    bit(BEGINS[byte] === 1, sideKinds.begins) |
    bit(BREAKOUT_SIGNS[byte] === 1, sideKinds.breaksOut) |
    bit(BEFORE_SLASH[byte] === 1, sideKinds.beforeSlash) |
    bit(BLANKS[byte] === 1, sideKinds.blank) |
    bit(LINE_BREAKS[byte] === 1, sideKinds.lineBreak)
  );
});

/** What a character is in a name, a value or an address: a bit each. */
export const nameKinds = {
  /** Ends a value before a sign. */
  end: 1,
  /** Begins a value behind one. */
  value: 2,
  space: 4,
  /** The last of `or`, `and`, `having` and `where`. */
  endOfWord: 8,
  /** Of the name of a host. */
  host: 16,
  /** Begins no name of a host that is like others: an address, an escape, letters beyond ASCII. */
  oddHost: 32,
  /** What stood before an `@` behind it was no host, if there is one. */
  endOfHost: 64,
  /** Hidden by an escape behind an operator. */
  escaped: 128,
} as const;

const ENDS = tableOf("0123456789'\")");
const VALUES = tableOf("0123456789'\"(\\");
const ENDS_OF_WORDS = tableOf("rdgeRDGE");
const ESCAPED = tableOf("\\\"'t");
const ODD_HOSTS = tableOf("0123456789[%");
const END_OF_HOSTS = tableOf('"/\\');

/** By the byte. */
export const nameBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  return (
    bit(ENDS[byte] === 1, nameKinds.end) |
    bit(VALUES[byte] === 1, nameKinds.value) |
    bit(byte === SPACE || (byte >= 0x09 && byte <= 0x0d), nameKinds.space) |
    bit(ENDS_OF_WORDS[byte] === 1, nameKinds.endOfWord) |
    bit(isInHost(byte), nameKinds.host) |
    bit(ODD_HOSTS[byte] === 1 || byte >= 0x80, nameKinds.oddHost) |
    bit(END_OF_HOSTS[byte] === 1 || byte <= SPACE, nameKinds.endOfHost) |
    bit(ESCAPED[byte] === 1, nameKinds.escaped)
  );
});

/** Bytes of the names of hosts, by the rows of ASCII in which they stand, so that their halves tell them and nothing else. */
const HOST_ROWS = [
  [0x01, "0123456789"],
  [0x02, "ABCDEFGHIJKLMNOabcdefghijklmno"],
  [0x04, "PQRSTUVWXYZpqrstuvwxyz"],
  [0x08, "_"],
  [0x10, "%-."],
] as const;
const BEYOND_ASCII = 0x20;

function createHostBytes(): Uint8Array {
  const tables = new Uint8Array(32);
  for (const [row, chars] of HOST_ROWS)
    for (const byte of Buffer.from(chars)) markHalves(tables, 0, { byte, bit: row });
  for (let byte = 0x80; byte < 0x100; byte++) markHalves(tables, 0, { byte, bit: BEYOND_ASCII });
  return tables;
}
/** What may be of the name of a host, as `isInHost` says: two tables of sixteen bytes, by the lower and by the upper half of a byte. */
export const hostBytes: Uint8Array = createHostBytes();
