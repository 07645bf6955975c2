import { byteAt, isCapital, isDigit, isWordBefore } from "./leak-detector.ts";
import { isOfGroups } from "./leak-groups.ts";

/** Digits in a row at least, in groups or letters of less than eleven bytes: less are in no value that is looked for. */
const MIN_RUN = 6;
/** Whether so many digits are enough, or stand beside a capital or a dash, as in a code. */
export function isLongRun(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start >= 8) return true;
  return end - start >= MIN_RUN && (isCapital(byteAt(bytes, start - 1)) || byteAt(bytes, end) === DASH);
}
const DASH = 0x2d;
/** Digits behind a dot in any value at most. */
export const MAX_BEHIND_DOT = 5;

/** Whether these four bytes and the four before are of groups, and one is a digit. */
export function isInGroups(bytes: Uint8Array, at: number): boolean {
  let digits = 0;
  for (let index = at - 4; index < at + 4; index++) {
    const byte = byteAt(bytes, index);
    if (!isOfGroups(byte)) return false;
    if (isDigit(byte)) digits++;
  }
  return digits > 0;
}

/** Whether a dot in these four bytes stands behind another, with a group between them, as in `529.982.247-25` or `.1111.`. */
export function hasTwoDots(bytes: Uint8Array, at: number): boolean {
  for (let dot = at; dot < at + 4; dot++)
    if (byteAt(bytes, dot) === DOT_BYTE && isDigit(byteAt(bytes, dot - 1)))
      for (let other = dot - 5; other <= dot - 3; other++) if (byteAt(bytes, other) === DOT_BYTE) return true;
  return false;
}

const DOT_BYTE = 0x2e;

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
  const begins = !isLetter(before) || !isWordBefore(bytes, at) || (isCapital(first) && !isCapital(before));
  return begins && (!isLetter(behind) || (isCapital(behind) && !isCapital(byteAt(bytes, at + length - 1))));
}

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
