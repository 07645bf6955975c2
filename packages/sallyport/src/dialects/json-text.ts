import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "./json-signs.ts";

// Steps through a JSON text that `JSON.parse` has accepted. Indices of UTF-16 code units.

/** What the name of a member means, with its escapes resolved. @param start where its first quote stands @param end behind its last */
export function nameAt(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  return raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1);
}

/** Where the value that begins at `start` is over. Takes time linear in the value. */
export function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    const isEnd = char === CLOSE_BRACE || char === CLOSE_BRACKET;
    if (depth === 0 && (isEnd || char === COMMA || isSpace(char))) return at;
    at++;
    if (char === OPEN_BRACE || char === OPEN_BRACKET) depth++;
    if (isEnd && --depth === 0) return at;
  }
  return at;
}

/** Where a string is over, its last quote included. @param start where its first quote stands */
export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** The first place from `start` on that is no white space. */
export function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** RFC 8259 2. */
function isSpace(char: number): boolean {
  return char === 0x20 || char === 0x09 || char === 0x0a || char === 0x0d;
}
