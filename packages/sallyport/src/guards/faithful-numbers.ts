/** Longer numbers are none that a program means: doubles need 17 digits, and 24 characters with sign and exponent. */
const MAX_NUMBER_LENGTH = 128;
/** Every number longer than that stands at one of these places. */
const STRIDE = MAX_NUMBER_LENGTH / 2;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NINE = 0x39;

/** A character of a number: digits, signs, `.`, `e` and `E`. */
function isOfNumber(code: number): boolean {
  return (code <= NINE && code >= 0x2b && code !== 0x2c && code !== 0x2f) || code === 0x65 || code === 0x45;
}

/** Whether a run of characters of numbers in the text may be longer than any number should be. Looks at a few places only. */
export function mayHaveLongNumber(text: string): boolean {
  for (let at = STRIDE; at < text.length; at += STRIDE) {
    if (!isOfNumber(text.charCodeAt(at))) continue;
    let end = at + 1;
    while (end < text.length && end - at <= MAX_NUMBER_LENGTH && isOfNumber(text.charCodeAt(end))) end++;
    if (end - at >= STRIDE) return true;
  }
  return false;
}

/**
 * Whether a number of JSON means to a reader with doubles what it means to one with integers or decimals of any length (RFC 8259 6):
 * it does not overflow to infinity nor vanish to zero, an integer keeps every digit, and it is at most 128 characters long. Numbers
 * with a point or an exponent may be rounded: every reader does that.
 */
export function isFaithfulNumber(token: string): boolean {
  if (token.length > MAX_NUMBER_LENGTH) return false;
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/[1-9]/.test(token.split(/e/i)[0] ?? "");
  const isInteger = /^-?[0-9]+$/.test(token);
  return !isInteger || Number.isSafeInteger(value) || BigInt(token) === BigInt(value);
}

/** The first number in a text of valid JSON that does not survive a reader with doubles; `null`: there is none. Linear in the text. */
export function findUnfaithfulNumber(text: string): string | null {
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === 0x2d || (code >= 0x30 && code <= NINE)) {
      const start = at;
      while (at < text.length && isOfNumber(text.charCodeAt(at))) at++;
      const token = text.slice(start, at);
      if (!isFaithfulNumber(token)) return token;
    } else at++;
  }
  return null;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}
