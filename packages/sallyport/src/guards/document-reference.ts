import { isMapping, ownValue } from "./document-places.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";
import type { KeyPath } from "./located-document.ts";

/** Where a reference leads to; `null`: to nothing in the document. */
export type ReferenceResolver = (reference: unknown) => KeyPath | null;

/**
 * Follows references within one document: `#`, `#` and a JSON Pointer, `#` and the name of an `$anchor`; the same behind the
 * document's own `$id`. Nothing else leads anywhere: no other file and no address.
 */
export function createReferenceResolver(document: unknown): ReferenceResolver {
  const id = isMapping(document) ? document["$id"] : undefined;
  const own = typeof id === "string" ? id.replace(/#$/, "") : "";
  let anchors: ReadonlyMap<string, KeyPath> | null = null;
  return (reference) => {
    if (typeof reference !== "string") return null;
    const local = own !== "" && reference.startsWith(own) ? reference.slice(own.length) : reference;
    if (local !== "" && !local.startsWith("#")) return null;
    const fragment = decode(local.slice(1));
    if (fragment !== "" && !fragment.startsWith("/")) {
      anchors ??= anchorsOf(document);
      return anchors.get(fragment) ?? null;
    }
    return followPointer(document, parseJsonPointer(fragment));
  };
}

// What is no escaped text stands for itself, and so for nothing.
function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function followPointer(document: unknown, tokens: readonly string[] | null): KeyPath | null {
  const path: (string | number)[] = [];
  let value = document;
  for (const token of tokens ?? []) {
    const part = Array.isArray(value) ? Number(token) : token;
    value = ownValue(value, part);
    if (value === undefined) return null;
    path.push(part);
  }
  return tokens === null ? null : path;
}

function anchorsOf(document: unknown): ReadonlyMap<string, KeyPath> {
  const found = new Map<string, KeyPath>();
  const next: (readonly [unknown, KeyPath])[] = [[document, []]];
  for (let entry = next.pop(); entry !== undefined; entry = next.pop()) {
    const [value, path] = entry;
    if (typeof value !== "object" || value === null) continue;
    const anchor = ownValue(value, "$anchor");
    if (typeof anchor === "string") found.set(anchor, path);
    for (const [key, inner] of Object.entries(value))
      next.push([inner, [...path, Array.isArray(value) ? Number(key) : key]]);
  }
  return found;
}
