import { parseJsonPointer } from "../dialects/json-pointer.ts";
import type { ThreatSignature } from "./threat-signature.ts";

/** A place in a value: the names and indices that lead to it, from the last to the first. */
export interface Place {
  readonly step: string | number;
  readonly parent: Place | null;
  readonly depth: number;
}

/** How deep texts are looked for, where no other rule bounds that: what is deeper is not looked at, but told. */
export const MAX_TEXT_DEPTH = 256;

/** A text in a value: a string, or the name of a member. */
export interface FoundText {
  readonly text: string;
  readonly place: Place | null;
}

/** The steps to a place, from the root. */
export function stepsTo(place: Place | null): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  for (let at = place; at !== null; at = at.parent) steps.unshift(at.step);
  return steps;
}

/**
 * Every text in a value, names of members among them, each with its place. Not recursive, since a peer decides how deep it is; `null`
 * where that is too deep.
 *
 * @param seen lists and objects that were looked at already, and those that are now: each is looked at once
 */
export function* textsOf(value: unknown, seen: Set<object> = new Set()): Generator<FoundText | null> {
  const open: { readonly value: unknown; readonly place: Place | null }[] = [{ value, place: null }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: found, place } = next;
    if (typeof found === "string") yield { text: found, place };
    if (typeof found !== "object" || found === null || found instanceof Uint8Array) continue;
    if (seen.has(found)) continue;
    seen.add(found);
    const depth = place?.depth ?? 0;
    if (depth >= MAX_TEXT_DEPTH) {
      yield null;
      continue;
    }
    const isArray = Array.isArray(found);
    for (const [step, inner] of Object.entries(found)) {
      const at: Place = { step, parent: place, depth: depth + 1 };
      if (!isArray) yield { text: step, place: at };
      open.push({ value: inner, place: at });
    }
  }
}

/** A place, or all places, that some signatures are not looked for at. */
export interface Exclusion {
  readonly field: string;
  /** Ids and categories; absent: all. */
  readonly signatures?: readonly string[] | undefined;
}

function covers(pointer: readonly string[], steps: readonly (string | number)[]): boolean {
  return (
    pointer.length <= steps.length &&
    pointer.every((wanted, index) => wanted === "*" || wanted === String(steps[index]))
  );
}

/**
 * Makes what tells which signatures are not looked for at a place. A field stands for all below it; `*` stands for any one name or
 * index. `null`: all are looked for.
 */
export function createExclusions(
  exclude: readonly Exclusion[],
): (place: Place | null) => ((signature: ThreatSignature) => boolean) | null {
  const compiled = exclude.map(({ field, signatures }) => ({
    pointer: parseJsonPointer(field) ?? [],
    names: signatures === undefined ? null : new Set(signatures),
  }));
  return (place) => {
    if (compiled.length === 0) return null;
    const steps = stepsTo(place);
    const those = compiled.filter(({ pointer }) => covers(pointer, steps));
    if (those.length === 0) return null;
    return ({ id, category }) =>
      those.some(({ names }) => names === null || names.has(id) || names.has(category));
  };
}
