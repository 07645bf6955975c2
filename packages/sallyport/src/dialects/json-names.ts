import { endOfString, endOfValue, nameAt, skipSpace } from "./json-text.ts";

/** An object of a JSON text, as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether it is an object, and neither an array nor `null`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A quick look for names that may stand twice in a text, escaped or not: `false` is certain, and what nearly every message gets.
 *
 * @param names at least one
 */
export function suspectTwice(names: readonly string[]): (text: string) => boolean {
  // Any character can be written so; the others have escapes of their own (RFC 8259 7).
  const escape = names.every((name) => !/["\\/\p{Cc}]/u.test(name)) ? "\\u" : "\\";
  const quoted = names.map((name) => `"${name}"`);
  // One pass for all names: a search for each stops at every quote.
  const any = new RegExp(quoted.map((name) => RegExp.escape(name)).join("|"), "g");
  return (text) => {
    const slash = text.indexOf("\\");
    if (slash !== -1 && text.includes(escape, slash)) return true;
    let seen = 0;
    any.lastIndex = 0;
    while (any.test(text)) {
      const end = any.lastIndex;
      const which = 1 << quoted.findIndex((name) => text.startsWith(name, end - name.length));
      if ((seen & which) !== 0) return true;
      seen |= which;
      // Its last quote may be the first one of another, where a name is a comma.
      any.lastIndex = end - 1;
    }
    return false;
  };
}

/**
 * Whether one of the names stands twice in the object that begins at `start`, however it is escaped (RFC 8259 4): readers differ in
 * which of the two they take. Takes time linear in the object.
 *
 * @param text valid JSON
 */
export function standsTwice(text: string, start: number, names: readonly string[]): boolean {
  const seen = new Set<string>();
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = nameAt(text, at, nameEnd);
    if (seen.has(name)) return true;
    if (names.includes(name)) seen.add(name);
    at = nextEntry(text, skipSpace(text, skipSpace(text, nameEnd) + 1));
  }
  return false;
}

/** Where the value of a member of the object at `start` begins; -1: there is none of that name. @param text valid JSON */
export function valueStartOf(text: string, start: number, member: string): number {
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    if (nameAt(text, at, nameEnd) === member) return valueStart;
    at = nextEntry(text, valueStart);
  }
  return -1;
}

/** Where the elements of the array that begins at `start` begin. @param text valid JSON */
export function* elementStarts(text: string, start: number): Generator<number> {
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== "]") {
    yield at;
    at = nextEntry(text, at);
  }
}

/**
 * Whether the object has a member that only case tells from one of the names: readers that do not look at case, such as Go's
 * `encoding/json`, take it for that name.
 */
export function hasOtherCase(object: JsonObject, names: readonly string[]): boolean {
  for (const key in object) {
    for (const name of names)
      if (key.length === name.length && key !== name && isOneInOtherCase(key, name)) return true;
  }
  return false;
}

// Folding makes new texts: it is done only where other letters than those of ASCII differ.
function isOneInOtherCase(key: string, name: string): boolean {
  for (let index = 0; index < key.length; index++) {
    const [one, other] = [key.charCodeAt(index), name.charCodeAt(index)];
    if (one === other) continue;
    if ((one | other) > 0x7f) return fold(key) === fold(name);
    const lower = one | 0x20;
    if (lower !== (other | 0x20) || lower < LOWER_A || lower > LOWER_Z) return false;
  }
  return true;
}

const LOWER_A = 0x61;
const LOWER_Z = 0x7a;

/** Letters that are one when case is not looked at, such as `s` and the long `ſ` (Unicode simple case folding). */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** @param valueStart where a value begins that stands in an object or array */
function nextEntry(text: string, valueStart: number): number {
  const end = skipSpace(text, endOfValue(text, valueStart));
  return text[end] === "," ? skipSpace(text, end + 1) : end;
}
