import { z } from "zod";
import type { Dialect, DialectDefinition, DialectFault, DialectReading, ReadableMessage } from "./dialect.ts";
import { AMBIGUOUS, isFault, jsonOf, single } from "./fault.ts";
import { findJsonEntry } from "./json-entry.ts";
import { hasOtherCase, isJsonObject, standsTwice, suspectTwice } from "./json-names.ts";
import { parseJsonPointer } from "./json-pointer.ts";
import { skipSpace } from "./json-text.ts";

/** Options of `json`. */
export interface JsonOptions {
  /** Where the name stands (RFC 6901). */
  readonly name: string;
  /** Where the id stands (RFC 6901). */
  readonly id: string;
}

const pointer = z
  .string({ error: "expected a JSON Pointer such as /type" })
  .max(256)
  .refine((text) => text !== "" && parseJsonPointer(text) !== null, {
    error: "expected a JSON Pointer to a member, such as /type or /event/name (RFC 6901)",
  });

const options: z.ZodType<JsonOptions> = z.strictObject({
  name: pointer
    .default("/type")
    .describe("Where a message says what it is, as a JSON Pointer (RFC 6901): its `message.name`."),
  id: pointer
    .default("/id")
    .describe("Where a message says what answers refer to, as a JSON Pointer (RFC 6901): its `message.id`."),
});

/**
 * Any JSON. Refuses binary messages, what is not JSON, and a name on the way of a pointer that stands twice in its object;
 * on the way to `message.name` also one that stands there in another case.
 */
export const json: DialectDefinition<JsonOptions> = {
  name: "json",
  reads: "any JSON, named by one of its members",
  options,
  create(chosen): Dialect {
    const read = createReader(parsePath(chosen.name), parsePath(chosen.id));
    return { name: "json", subprotocols: [], kinds: ["message"], needs: "nothing", open: () => ({ read }) };
  },
};

/** The schema has checked it. */
function parsePath(text: string): readonly string[] {
  return parseJsonPointer(text) ?? [];
}

function createReader(
  name: readonly string[],
  id: readonly string[],
): (m: ReadableMessage) => DialectReading {
  const steps = [...new Set([...name, ...id])];
  const suspect = suspectTwice(steps);
  // Both stand in the outermost object: one walk finds either.
  const isFlat = name.length === 1 && id.length === 1;
  return (message) => {
    const data = jsonOf(message);
    if (isFault(data)) return data;
    const { value } = data;
    const text = message.text();
    if (suspect(text)) {
      const isTwice = isFlat
        ? isJsonObject(value) && standsTwice(text, skipSpace(text, 0), steps)
        : [name, id].some((path) => findJsonEntry(text, path) === "ambiguous");
      if (isTwice) return AMBIGUOUS;
    }
    const found = resolve(value, name);
    if (isFault(found)) return found;
    return single({
      kind: "message",
      name: typeof found.value === "string" ? found.value : null,
      id: idAt(value, id),
      data: value,
      json: text,
      operations: [],
    });
  };
}

/** The value that a path leads to; a fault where another reader may be led elsewhere by the case of a name. */
function resolve(root: unknown, path: readonly string[]): { readonly value: unknown } | DialectFault {
  let value = root;
  for (const step of path) {
    if (isJsonObject(value) && hasOtherCase(value, [step])) return AMBIGUOUS;
    value = entryAt(value, step);
  }
  return { value };
}

function idAt(root: unknown, path: readonly string[]): string | number | null {
  let value = root;
  for (const step of path) value = entryAt(value, step);
  return typeof value === "string" || typeof value === "number" ? value : null;
}

/** The member, or the element; `undefined` where there is none (RFC 6901 4). */
function entryAt(value: unknown, step: string): unknown {
  if (isJsonObject(value)) return Object.hasOwn(value, step) ? value[step] : undefined;
  return Array.isArray(value) && /^(?:0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
}
