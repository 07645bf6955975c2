import type { KeyPath } from "./located-document.ts";

/** A mapping of a document that nothing was checked about yet. */
export type DocumentMapping = Readonly<Record<string, unknown>>;

/** Whether a value is a mapping, and no list. */
export function isMapping(value: unknown): value is DocumentMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a mapping or a list has at a key or position of its own; `undefined` where it has nothing there. */
export function ownValue(value: unknown, part: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, part)?.value;
}

/** What stands at a path; `undefined` when nothing does. */
export function valueAtPath(value: unknown, path: KeyPath): unknown {
  return path.reduce(ownValue, value);
}

/** A path as a JSON Pointer (RFC 6901). */
export function formatPointer(path: KeyPath): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

const MAX_SHOWN = 80;

/** What an operator wrote, in words short enough for one line. */
export function describeWritten(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}
