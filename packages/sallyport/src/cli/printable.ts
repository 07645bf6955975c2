/**
 * What may act on a terminal, hide in it, or read as something else there: controls and formats (escape sequences, C1, bidi), separators
 * of lines, characters without a picture, and backslashes, since escapes begin with one. Of combining marks a fourth in a row (CWE-150).
 */
const ACTS = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\\]|(?<=\p{M}{3})\p{M}/gu;

/** How a text is made printable. */
export interface PrintableOptions {
  /** Characters of it at most, then a note says how many there are more. Default: all. */
  readonly most?: number;
  /** Line feeds end lines, as whoever wrote the text meant. Default: they are escaped. */
  readonly lines?: boolean;
  /** It is JSON: its backslashes are of escapes already, and stay. Default: each stands as two. */
  readonly json?: boolean;
}

/**
 * What anybody wrote as it may be shown on a terminal, and still be told apart: whatever acts stands as its escape in JSON, such as
 * `\u001b`, and a backslash as two.
 */
export function printable(text: string, options: PrintableOptions = {}): string {
  const { most = Infinity, lines = false, json = false } = options;
  // Of a megabyte that is cut only the beginning is looked at.
  const begin = text.length > most ? text.slice(0, most) : text;
  const more = text.length - begin.length;
  const isKept = (found: string): boolean => (lines && found === "\n") || (json && found === "\\");
  const escaped = begin.replaceAll(ACTS, (found) => (isKept(found) ? found : escape(found)));
  return more === 0 ? escaped : `${escaped}… (${more} characters more)`;
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

function escape(text: string): string {
  const short = SHORT[text];
  if (short !== undefined) return short;
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
