/** What may act on a terminal, hide in it, or read as something else there (CWE-150): controls, formats, separators of lines. */
const ACTS = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\\]|(?<=\p{M}{3})\p{M}/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/**
 * What a target sent, as it may be shown on a terminal or in a report: whatever acts stands as its escape in JSON, such as `\u001b`, and a
 * backslash as two. Longer than `most` characters it is cut, and says how many more there were.
 */
export function printable(text: string, most = 300): string {
  const more = text.length - most;
  const escaped = text.slice(0, most).replaceAll(ACTS, escape);
  return more > 0 ? `${escaped}… (${more} characters more)` : escaped;
}

function escape(found: string): string {
  const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
  return SHORT[found] ?? units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
