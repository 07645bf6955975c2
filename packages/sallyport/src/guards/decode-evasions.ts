/** How often a value is decoded: attackers encode twice, seldom three times (CRS 920230). */
const MAX_ROUNDS = 3;

/** Named character references that hide what HTML means by a character (HTML 13.5). */
const NAMED: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["amp", "&"],
  ["colon", ":"],
  ["tab", "\t"],
  ["newline", "\n"],
  ["lpar", "("],
  ["rpar", ")"],
  ["sol", "/"],
  ["bsol", "\\"],
  ["period", "."],
  ["grave", "`"],
  ["nbsp", " "],
  ["equals", "="],
  ["lbrace", "{"],
  ["lcub", "{"],
  ["rcub", "}"],
  ["dollar", "$"],
  ["semi", ";"],
  ["num", "#"],
]);

/** Whether a value holds anything that decoding would change. */
const ENCODED =
  /[%\\&][a-z0-9#"'\\/]|[\0\u00a0\u00ad\u200b-\u200d\u2215\u2216\u2024\u2044\u2060\u3002\ufeff\uff01-\uff5e]/i;
/** A C0 control that browsers and parsers skip: NUL, and what may not stand in text. */
// eslint-disable-next-line no-control-regex
const SKIPPED = /[\0\u0001-\u0008\u000b\u000e-\u001f\u00ad\u200b-\u200d\u2060\ufeff]/g;
const FULL_WIDTH = /[\uff01-\uff5e]/g;
const LOOKALIKE = /[\u00a0\u2024\u2044\u2215\u2216\u3002]/g;
const LOOKALIKES: ReadonlyMap<string, string> = new Map([
  ["\u00a0", " "],
  ["\u2024", "."],
  ["\u2044", "/"],
  ["\u2215", "/"],
  ["\u2216", "\\"],
  ["\u3002", "."],
]);
/** Over-long UTF-8 of an ASCII character (RFC 3629 3): two to six bytes where one does. */
const OVERLONG =
  /%c([01])%([89ab][0-9a-f])|%(?:e0|f0%80|f8%80%80|fc%80%80%80)%8([01])%([89ab][0-9a-f])|%c([01])%([0-7][0-9a-f])/gi;
const PERCENT = /%u([0-9a-f]{4})|%([0-9a-f]{2})/gi;
const REFERENCE = /&(?:#x0{0,6}([0-9a-f]{1,6})|#0{0,6}([0-9]{1,7})|([a-z]{2,7}));?/gi;
const ESCAPE = /\\(?:u([0-9a-f]{4})|u\{0{0,4}([0-9a-f]{1,6})\}|x([0-9a-f]{2}))/gi;

function character(code: number): string {
  return code <= 0x10_ffff ? String.fromCodePoint(code) : "\ufffd";
}

const hex = (digits: string): string => character(Number.parseInt(digits, 16));

function overlong(all: string, ...found: (string | undefined)[]): string {
  const [high2, low2, high3, low3, high1, low1] = found;
  if (high2 !== undefined && low2 !== undefined)
    return character((Number(high2) << 6) | (Number.parseInt(low2, 16) & 0x3f));
  if (high3 !== undefined && low3 !== undefined)
    return character((Number(high3) << 6) | (Number.parseInt(low3, 16) & 0x3f));
  // The second byte is not even a continuation: old IIS took it all the same.
  if (high1 !== undefined && low1 !== undefined)
    return character((Number(high1) << 6) | Number.parseInt(low1, 16));
  return all;
}

/** Bytes of one URL-encoded character above ASCII stay as they are: no signature is about them. */
function percent(all: string, wide?: string, narrow?: string): string {
  if (wide !== undefined) return hex(wide);
  return narrow === undefined || narrow >= "8" ? all : hex(narrow);
}

function reference(all: string, hexadecimal?: string, decimal?: string, name?: string): string {
  if (hexadecimal !== undefined) return hex(hexadecimal);
  if (decimal !== undefined) return character(Number(decimal));
  return NAMED.get(name?.toLowerCase() ?? "") ?? all;
}

function escape(_all: string, four?: string, braced?: string, two?: string): string {
  return hex(four ?? braced ?? two ?? "");
}

function decodeOnce(text: string): string {
  let decoded = text;
  if (decoded.includes("%")) decoded = decoded.replace(OVERLONG, overlong).replace(PERCENT, percent);
  if (decoded.includes("&")) decoded = decoded.replace(REFERENCE, reference);
  if (decoded.includes("\\")) decoded = decoded.replace(ESCAPE, escape);
  return decoded
    .replace(FULL_WIDTH, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(LOOKALIKE, (like) => LOOKALIKES.get(like) ?? like)
    .replace(SKIPPED, "");
}

/**
 * A value as its reader may come to see it: URL-encoding (also `%u` and over-long UTF-8), HTML character references, JavaScript and
 * JSON escapes, full-width forms and look-alikes decoded, three rounds at most; NULs and invisible characters taken out. Never
 * longer than the value, so that its cost stays linear.
 */
export function decodeEvasions(value: string): string {
  let decoded = value;
  for (let round = 0; round < MAX_ROUNDS && ENCODED.test(decoded); round++) {
    const next = decodeOnce(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  return decoded;
}

/** What a shell or SQL parser skips: comments, line continuations, quotes and empty expansions inside a word. */
const SPLITTERS = /\/\*!?[0-9]{0,5}|\*\/|[a-z]['"\\^`]|['"\\^`][a-z]|\$[@*(]|\+/i;
const SQL_COMMENT = /\/\*(?!!)[^*]{0,100}\*\//g;
const SQL_CONDITIONAL = /\/\*![0-9]{0,5}|\*\//g;
const EMPTY_EXPANSION = /\$[@*]|\$\(\)|``/g;
const QUOTE_IN_WORD = /([a-z/])(?:""|''|['"\\^])([a-z])/gi;

/** The expressions of the decoding, for the test that proves them linear. */
export const decodingPatterns: readonly RegExp[] = [
  ENCODED,
  SKIPPED,
  FULL_WIDTH,
  LOOKALIKE,
  OVERLONG,
  PERCENT,
  REFERENCE,
  ESCAPE,
  SPLITTERS,
  SQL_COMMENT,
  SQL_CONDITIONAL,
  EMPTY_EXPANSION,
  QUOTE_IN_WORD,
];

/**
 * A decoded value as SQL and shells read it: comments are spaces, `+` is a space where there is no other, quotes and backslashes inside
 * words are gone (`c'a't`). `null`: nothing would change. Never longer than the value.
 */
export function flattenSyntax(value: string): string | null {
  if (!SPLITTERS.test(value)) return null;
  let flat = value
    .replace(SQL_COMMENT, " ")
    .replace(SQL_CONDITIONAL, " ")
    .replace(EMPTY_EXPANSION, "")
    // Twice, since a letter between two quotes ends one match and begins the next.
    .replace(QUOTE_IN_WORD, "$1$2")
    .replace(QUOTE_IN_WORD, "$1$2");
  if (!flat.includes(" ")) flat = flat.replaceAll("+", " ");
  return flat === value ? null : flat;
}
