import { endOfString, endOfValue, nameAt, skipSpace } from "./json-text.ts";

/** Where a member of an object, or an element of an array, stands in a JSON text. Indices of UTF-16 code units. */
export interface JsonEntry {
  readonly valueStart: number;
  readonly valueEnd: number;
  /** What must go so that the rest is JSON without this entry: it and one comma beside it. */
  readonly start: number;
  readonly end: number;
}

/**
 * The entry that a path leads to, in the text itself, so that the rest can go on byte for byte. `null`: there is none.
 * `ambiguous`: a name on the way stands twice in its object, however it is escaped, so that two readers of the text would
 * find two values (RFC 8259 4). Takes time linear in the text for each step of the path.
 *
 * @param text valid JSON: call it after `JSON.parse` accepted the text
 * @param path names and indices; at least one
 */
export function findJsonEntry(text: string, path: readonly string[]): JsonEntry | "ambiguous" | null {
  let at = skipSpace(text, 0);
  let entry: JsonEntry | "ambiguous" | null = null;
  for (const step of path) {
    entry = entryOf(text, at, step);
    if (entry === null || entry === "ambiguous") return entry;
    at = entry.valueStart;
  }
  return entry;
}

/** @param open where the object or array begins */
function entryOf(text: string, open: number, step: string): JsonEntry | "ambiguous" | null {
  const isObject = text[open] === "{";
  if (!isObject && text[open] !== "[") return null;
  let found: JsonEntry | null = null;
  let comma: number | null = null;
  let at = skipSpace(text, open + 1);
  for (let index = 0; at < text.length && text[at] !== "}" && text[at] !== "]"; index++) {
    const nameEnd = isObject ? endOfString(text, at) : at;
    const valueStart = isObject ? skipSpace(text, skipSpace(text, nameEnd) + 1) : at;
    const valueEnd = endOfValue(text, valueStart);
    const next = skipSpace(text, valueEnd);
    const following = text[next] === "," ? skipSpace(text, next + 1) : null;
    const isIt = step === (isObject ? nameAt(text, at, nameEnd) : String(index));
    if (isIt && found !== null) return "ambiguous";
    if (isIt) {
      const start = following === null ? (comma ?? at) : at;
      found = { valueStart, valueEnd, start, end: following ?? valueEnd };
    }
    comma = next;
    at = following ?? next;
  }
  return found;
}
