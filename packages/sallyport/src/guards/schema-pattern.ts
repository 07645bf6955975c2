import { RE2JS } from "re2js";
import { linearPattern } from "./linear-pattern.ts";

/** A pattern that takes time in proportion to the text, whatever the text. */
export interface LinearPattern {
  test(text: string): boolean;
  /** Tells patterns apart. */
  toString(): string;
}

/**
 * Characters that the patterns of one message may look at, together: RE2 in JavaScript takes some 0.1 µs for each, at worst about
 * 0.4, so this is some 13 ms, and 50 at worst. What lies beyond does not match.
 */
export const MAX_MATCHED_CHARACTERS = 131_072;

let matchedCharacters = 0;

/** Begins a message: what patterns may look at is counted from here. */
export function beginMatching(): void {
  matchedCharacters = 0;
}

/** Whether patterns were asked about more of this message than they may look at. */
export function matchedTooMuch(): boolean {
  return matchedCharacters > MAX_MATCHED_CHARACTERS;
}

// What ECMA-262 means by `\s` and by `.`, as ranges: RE2 means less by the first, and excludes less by the second.
const SPACE = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;
const NO_SPACE = String.raw`\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`;
const LINE_END = String.raw`\n\r\x{2028}\x{2029}`;

/** Punctuation that people escape though it means nothing; the `u` flag of ECMA-262 forbids it. */
const NEEDLESS = /[-_@"'<>=!#%&,:;~` ]/;

/** One character or escape of a pattern, in the syntax of RE2. */
function translateToken(token: string, inClass: boolean): string {
  if (token === ".") return inClass ? token : `[^${LINE_END}]`;
  if (token === String.raw`\s`) return inClass ? SPACE : `[${SPACE}]`;
  if (token === String.raw`\S`) return inClass ? NO_SPACE : `[${NO_SPACE}]`;
  return token;
}

/** The pattern with escapes that mean nothing left out. */
function withoutNeedlessEscapes(pattern: string): string {
  return eachToken(pattern, (token, inClass) =>
    !inClass && token.length === 2 && NEEDLESS.test(token.charAt(1)) ? token.charAt(1) : token,
  );
}

function eachToken(pattern: string, translate: (token: string, inClass: boolean) => string): string {
  let inClass = false;
  return pattern.replaceAll(/\\[^]|[^]/g, (token) => {
    const translated = translate(token, inClass);
    if (token === "[") inClass = true;
    if (token === "]") inClass = false;
    return translated;
  });
}

/**
 * Compiles a pattern as JSON Schema means it (ECMA-262 with the flag `u`; it may match anywhere), by RE2 where JavaScript's own engine
 * might take long. Throws what is wrong with one that either of the two does not know: lookaround and back references among them.
 */
export function compilePattern(pattern: string): LinearPattern {
  const plain = withoutNeedlessEscapes(pattern);
  // Only its syntax is asked about: an expression of JavaScript is run only where it is known to be linear.
  void new RegExp(plain, "u");
  const byRe2 = RE2JS.compile(RE2JS.translateRegExp(eachToken(plain, translateToken)));
  const compiled = linearPattern(plain) ?? byRe2;
  return {
    test(text) {
      matchedCharacters += text.length;
      return matchedCharacters <= MAX_MATCHED_CHARACTERS && compiled.test(text);
    },
    toString: () => `/${pattern}/`,
  };
}
