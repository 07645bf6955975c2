import { byteAt, isCapital, isDigit, isWordBefore } from "./leak-detector.ts";

/** Whether what stands before a number makes it a part of something else: a name, a phone number, a share, base 64. */
export function isBlocked(bytes: Uint8Array, start: number): boolean {
  const before = byteAt(bytes, start - 1);
  return isWordBefore(bytes, start) || before === PLUS || before === PERCENT;
}
const PLUS = 0x2b;
const PERCENT = 0x25;

/** Whether two capitals and two digits stand there. */
export function beginsIban(bytes: Uint8Array, start: number): boolean {
  return (
    isCapital(byteAt(bytes, start)) &&
    isCapital(byteAt(bytes, start + 1)) &&
    isDigit(byteAt(bytes, start + 2)) &&
    isDigit(byteAt(bytes, start + 3))
  );
}

/** Whether a word stands there; in lower case where case does not matter. */
export function standsAt(bytes: Uint8Array, start: number, word: Uint8Array, ignoreCase: boolean): boolean {
  if (start < 0 || start + word.length > bytes.length) return false;
  if (((bytes[start] ?? 0) | 0x20) !== ((word[0] ?? 0) | 0x20)) return false;
  for (let index = 0; index < word.length; index++) {
    const byte = bytes[start + index] ?? 0;
    const plain = ignoreCase && isCapital(byte) ? byte | 0x20 : byte;
    if (plain !== word[index]) return false;
  }
  return true;
}

/** Shorter words stand inside of others. */
const MIN_LONG_WORD = 6;

/** Whether a short word stands for itself, or is one of those of a name such as `customerBsn` or `bsn_number`. */
export function isOwnWord(bytes: Uint8Array, at: number, length: number): boolean {
  if (length >= MIN_LONG_WORD) return true;
  const before = byteAt(bytes, at - 1);
  const behind = byteAt(bytes, at + length);
  const first = byteAt(bytes, at);
  // Of a line break in JSON before `if`, and no NIF.
  if (before === BACKSLASH && ESCAPES.has(first)) return false;
  const begins = !isLetter(before) || !isWordBefore(bytes, at) || (isCapital(first) && !isCapital(before));
  return begins && (!isLetter(behind) || (isCapital(behind) && !isCapital(byteAt(bytes, at + length - 1))));
}

const BACKSLASH = 0x5c;
/** `n`, `r` and `t`. */
const ESCAPES: ReadonlySet<number> = new Set([0x6e, 0x72, 0x74]);

function isLetter(byte: number): boolean {
  return isCapital(byte & 0xdf) && byte > 0;
}

/** The digits and capitals between two places. */
export function compactOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0;
    if (isDigit(byte) || isCapital(byte)) text += String.fromCharCode(byte);
  }
  return text;
}
