import {
  byteAt,
  byteTable,
  isOneOf,
  isWord,
  type LeakDetector,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";

/** As much of a name, and of a value, as is looked at, bytes. */
const MAX_NAME = 48;
const MAX_VALUE = 256;

// A quote as JSON writes it, once or inside another JSON text.
const QUOTE = String.raw`\\{0,3}["']`;
const IN_JSON = new RegExp(
  String.raw`^[\w-]{0,24}${QUOTE}\s{0,8}:\s{0,8}${QUOTE}([^"'\\\s]{4,${MAX_VALUE}})${QUOTE}`,
);
const IN_TEXT = /^[\w-]{0,24}(?:\s?[:=]\s?|\s(?:is|was|lautet)\s)["'`]?([^\s"'`\\,;<>(){}[\]]{6,128})/;

/** What forms, messages and documents say in the place of a password. */
const NO_VALUE = new Set(
  "string text number boolean null none undefined true false required optional invalid incorrect missing expired weak strong wrong changed unchanged hidden masked redacted removed empty default password passwort contraseña required, kennwort username current-password new-password off on forgot reset update".split(
    " ",
  ),
);

/** What stands behind a name, if it may have a value; `null`: it has none. Looked at before anything is made of it. */
function signBehind(bytes: Uint8Array, from: number): number | null {
  let end = from;
  while (end < from + 24 && (isWord(byteAt(bytes, end)) || byteAt(bytes, end) === 0x2d)) end++;
  const sign = byteAt(bytes, end);
  if (isOneOf(SIGNS, bytes, end)) return sign;
  return isOneOf(SPACES, bytes, end) && isOneOf(BEHIND_SPACE, bytes, end + 1) ? sign : null;
}
/** A quote, or the backslash of one. */
const QUOTES = byteTable("\\\"'");
const ASSIGNS = byteTable(":=");
/** Both. */
const SIGNS = byteTable("\\\"':=");
/** What `\s` is in ISO 8859-1. */
const SPACES = byteTable(" \t\n\v\f\r\u00a0");
/** What assigns, and how `is`, `was` and `lautet` begin. */
const BEHIND_SPACE = byteTable(":=iwl");

/** Whether the quote behind a name ends a field of JSON that has a text: before anything is made of it. */
function mayBeField(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (isWord(byteAt(bytes, at)) || byteAt(bytes, at) === DASH) at++;
  at = behindQuote(bytes, at);
  while (isOneOf(SPACES, bytes, at)) at++;
  if (byteAt(bytes, at++) !== COLON) return false;
  while (isOneOf(SPACES, bytes, at)) at++;
  return isOneOf(QUOTES, bytes, at);
}
const COLON = 0x3a;

/** Behind a quote and the backslashes before it. */
function behindQuote(bytes: Uint8Array, from: number): number {
  let at = from;
  while (byteAt(bytes, at) === BACKSLASH) at++;
  return at + 1;
}
const BACKSLASH = 0x5c;

/** Ends a value in running text. */
const ENDS = byteTable(" \t\n\v\f\r\u00a0\"'`\\,;<>(){}[]");
/** Digits and signs of which a password in running text has one. */
const STRONG = byteTable("0123456789!#$%^&*+?@~");
const OPENS = byteTable("\"'`");

/** Whether what is assigned behind a name in running text is long and odd enough for a password: before anything is made of it. */
function mayBeAssigned(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (isWord(byteAt(bytes, at)) || byteAt(bytes, at) === DASH) at++;
  if (isOneOf(SPACES, bytes, at)) at++;
  // As in `is …`: seldom.
  if (!isOneOf(ASSIGNS, bytes, at)) return true;
  at++;
  if (isOneOf(SPACES, bytes, at)) at++;
  if (isOneOf(OPENS, bytes, at)) at++;
  const start = at;
  let isStrange = false;
  for (
    let byte = byteAt(bytes, at);
    byte >= 0 && at - start < MAX_VALUE && ENDS[byte] === 0;
    byte = byteAt(bytes, ++at)
  )
    isStrange ||= STRONG[byte] === 1;
  return isStrange && at - start >= 6;
}
const DASH = 0x2d;

/** Whether a value is one that somebody could use, and no mask, placeholder, reference or word about it. */
function isSecret(value: string, name: string): boolean {
  if (/^(?:\$|%|<|\{|\[|:|@|process\.env|env:|vault:|ENC\(|\/|\.\/|https?:)/.test(value)) return false;
  if (/^[.xX#_-]+$/.test(value) || !/[0-9A-Za-z]/.test(value)) return false;
  const lower = value.toLowerCase();
  return !NO_VALUE.has(lower) && !lower.includes(name) && new Set(value).size >= 3;
}

/** Whether a word in running text is a password: a letter, and a digit or a sign. */
function isStrong(value: string): boolean {
  return (
    /[A-Za-z]/.test(value) &&
    /[\d!#$%^&*+?@~]/.test(value) &&
    !/[()]|::|\.\w+\.|^\w+\.\w+$|^[A-Z_]+$/.test(value)
  );
}

function finder(name: string): (text: LeakText, at: number) => LeakSpan | null {
  return (text, at) => {
    const from = at + name.length;
    const sign = signBehind(text.bytes, from);
    if (sign === null) return null;
    const isField = QUOTES[sign] === 1;
    if (!(isField ? mayBeField : mayBeAssigned)(text.bytes, from)) return null;
    const behind = text.part(from, from + MAX_NAME + MAX_VALUE);
    // One of both at most: a field has a quote behind its name, and a text has none.
    const found = (isField ? IN_JSON : IN_TEXT).exec(behind);
    const value = found?.[1]?.replace(/[.!?]+$/, isField ? "$&" : "");
    if (found === null || value === undefined) return null;
    if ((!isField && !isStrong(value)) || !isSecret(value, name)) return null;
    const start =
      from +
      found[0].indexOf(
        value,
        found[0].length - value.length - 8 < 0 ? 0 : found[0].length - (found[1] ?? "").length - 4,
      );
    return { start, end: start + value.length };
  };
}

const names = [
  "password",
  "passwd",
  "pwd",
  "passphrase",
  "passcode",
  "secret",
  "apikey",
  "api_key",
  "api-key",
  "accesskey",
  "access_key",
  "auth_token",
  "authtoken",
];

const AWS = /^[\w -]{0,32}(?:["'`\\:=\s>]|\bis\b){1,8}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/;

function findAwsSecret(text: LeakText, at: number): LeakSpan | null {
  const behind = text.part(at, at + 120);
  const found = AWS.exec(behind);
  const value = found?.[1];
  if (found === null || value === undefined || isWord(byteAt(text.bytes, at + found[0].length))) return null;
  if (!/[A-Z]/.test(value) || !/[a-z]/.test(value) || !/\d/.test(value)) return null;
  return { start: at + found[0].length - value.length, end: at + found[0].length };
}

/** Secrets that only their names tell. */
export const namedSecretDetectors: readonly LeakDetector[] = [
  {
    id: "password",
    group: "passwords",
    what: "Passwords, passphrases, secrets and API keys in fields and settings that are called so",
    validation:
      "in a field of JSON, a text of four characters or more without spaces; in running text or a setting, six with a letter, and a digit or a sign; no mask, placeholder, reference or word such as `required`",
    finds: '"password": "hunter2", PGPASSWORD=…',
    passes: '"password": "is too short", "password": "********", password = process.env.DB_PASSWORD',
    triggers: names.map((name) => ({ kind: "words", words: [name], ignoreCase: true, find: finder(name) })),
  },
  {
    id: "aws-secret-key",
    group: "credentials",
    what: "AWS secret access keys",
    validation:
      "forty characters of base 64 with capitals, small letters and digits, behind a name that says so",
    finds: "aws_secret_access_key = …",
    passes: "forty characters without such a name, hashes in hexadecimal",
    triggers: [
      {
        kind: "words",
        words: [
          "secret_access_key",
          "secretaccesskey",
          "secret access key",
          "aws_secret",
          "aws secret",
          "awssecret",
          "secret_key",
          "secretkey",
        ],
        ignoreCase: true,
        find: findAwsSecret,
      },
    ],
  },
];
