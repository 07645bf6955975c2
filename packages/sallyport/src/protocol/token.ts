/** Every `tchar` of RFC 9110 5.6.2 that is neither a letter nor a digit. */
const TOKEN_MARKS = "!#$%&'*+-.^_`|~";

const isTokenCode: readonly boolean[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[0-9A-Za-z]/.test(character) || TOKEN_MARKS.includes(character);
});

/**
 * Whether the character at `index` may stand in a token (RFC 9110 5.6.2). False past the end.
 */
export function isTokenCharacter(value: string, index: number): boolean {
  return isTokenCode[value.charCodeAt(index)] === true;
}

/** Whether a value is one token: at least one character, each of them a `tchar` (RFC 9110 5.6.2). Linear. */
export function isToken(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    if (!isTokenCharacter(value, index)) return false;
  }
  return value.length > 0;
}

/** Whether the character at `index` is a space or a tab: OWS (RFC 9110 5.6.3). False past the end. */
export function isWhitespace(value: string, index: number): boolean {
  const code = value.charCodeAt(index);
  return code === 0x20 || code === 0x09;
}

/**
 * The elements of a comma-separated list (RFC 9110 5.6.1) over all fields of one name, each without the spaces and
 * tabs around it. Empty elements are kept, so that the caller decides about them. Knows no quoted strings. Looks at
 * each character a fixed number of times: no pattern that could backtrack (CVE-2021-32640).
 */
export function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",").map(trimWhitespace));
}

/** Without the spaces and tabs at both ends, and nothing else: `String.trim` also takes U+00A0, which is data here. */
function trimWhitespace(value: string): string {
  let start = 0;
  let end = value.length;
  while (isWhitespace(value, start)) start += 1;
  while (end > start && isWhitespace(value, end - 1)) end -= 1;
  return value.slice(start, end);
}
