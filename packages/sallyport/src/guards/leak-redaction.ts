import { byteAt, isAlphanumeric, isDigit, type LeakSpan } from "./leak-detector.ts";

const STAR = 0x2a;
const NINE = 0x39;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
/** Signs of a secret that are hidden with its letters; others, such as dashes and dots, keep its shape. */
const SIGNS: ReadonlySet<number> = new Set(Array.from("!#$%&*+=?@^_|~", (sign) => sign.charCodeAt(0)));
/** What stands for a character of two, three or four bytes: `·`, `•` and a lock. */
const PLACEHOLDERS: Readonly<Record<number, readonly number[]>> = {
  2: [0xc2, 0xb7],
  3: [0xe2, 0x80, 0xa2],
  4: [0xf0, 0x9f, 0x94, 0x92],
};

/**
 * A copy of the message in which what stands in the spans is hidden, byte for byte: as long as before, every other byte as it was,
 * JSON where it was JSON. Letters and digits become `*`, and `9` in a number of JSON; an escape stays an escape.
 *
 * @param spans in the order of where they begin
 * @param isText whether the message is a text, so that quotes in it tell where texts of JSON begin and end
 */
export function redact(bytes: Uint8Array, spans: readonly LeakSpan[], isText: boolean): Uint8Array {
  const copy = new Uint8Array(bytes);
  let seen = 0;
  let inString = false;
  for (const span of spans) {
    for (; seen < span.start; seen++) {
      if (bytes[seen] === BACKSLASH) seen++;
      else if (bytes[seen] === QUOTE) inString = !inString;
    }
    if (isNumber(bytes, span) && !(isText && inString)) copy.fill(NINE, span.start, span.end);
    else hide(copy, span);
  }
  return copy;
}

/** Whether a span is a number of JSON by what stands around it, or could be one. */
function isNumber(bytes: Uint8Array, { start, end }: LeakSpan): boolean {
  for (let index = start; index < end; index++) if (!isDigit(byteAt(bytes, index))) return false;
  let before = start - 1;
  while (isSpace(byteAt(bytes, before))) before--;
  let behind = end;
  while (isSpace(byteAt(bytes, behind))) behind++;
  return BEFORE_NUMBER.has(byteAt(bytes, before)) && BEHIND_NUMBER.has(byteAt(bytes, behind));
}
const BEFORE_NUMBER = new Set([-1, ...Array.from(",:[-\n", (char) => char.charCodeAt(0))]);
const BEHIND_NUMBER = new Set([-1, ...Array.from(",]}\n", (char) => char.charCodeAt(0))]);

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;

function hide(bytes: Uint8Array, { start, end, keepLast = 0 }: LeakSpan): void {
  let left = keepLast === 0 ? Number.POSITIVE_INFINITY : countOf(bytes, start, end) - keepLast;
  for (let at = beginOf(bytes, start); at < end && left > 0;) {
    const size = sizeAt(bytes, at);
    if (isHidden(bytes, at, size)) {
      left--;
      if (size === 6) bytes.set(HIDDEN_ESCAPE, at + 2);
      else if (size === 1) bytes[at] = STAR;
      else bytes.set(PLACEHOLDERS[size] ?? [], at);
    }
    at += size;
  }
}
/** Where an escape begins that the span cuts: its letter is no value's, also in JSON inside JSON. */
function beginOf(bytes: Uint8Array, start: number): number {
  let begin = start;
  while (byteAt(bytes, begin - 1) === BACKSLASH) begin--;
  return begin;
}

/** `002a`, the star. */
const HIDDEN_ESCAPE = [0x30, 0x30, 0x32, 0x61];

function countOf(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = beginOf(bytes, start); at < end; at += sizeAt(bytes, at))
    if (isHidden(bytes, at, sizeAt(bytes, at))) count++;
  return count;
}

/** How many bytes a character, or an escape of JSON, takes: 6 for `\u0034`, 2 for `\n`, 3 for `\\n` of JSON inside JSON. */
function sizeAt(bytes: Uint8Array, at: number): number {
  const byte = byteAt(bytes, at);
  if (byte === BACKSLASH) {
    let behind = at + 1;
    while (byteAt(bytes, behind) === BACKSLASH) behind++;
    return behind - at + (byteAt(bytes, behind) === SMALL_U ? 5 : 1);
  }
  const size = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  for (let index = 1; index < size; index++) if ((byteAt(bytes, at + index) & 0xc0) !== 0x80) return 1;
  return size;
}

function isHidden(bytes: Uint8Array, at: number, size: number): boolean {
  const byte = byteAt(bytes, at);
  if (byte === BACKSLASH) return size === 6 && isHexEscape(bytes, at);
  return size > 1 || isAlphanumeric(byte) || SIGNS.has(byte);
}

function isHexEscape(bytes: Uint8Array, at: number): boolean {
  for (let index = at + 2; index < at + 6; index++) {
    const small = byteAt(bytes, index) | 0x20;
    if (!isDigit(byteAt(bytes, index)) && !(small >= 0x61 && small <= 0x66)) return false;
  }
  return true;
}
