import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { createCheckedSchema, type CheckedSchema } from "./checked-schema.ts";
import { parseLocated } from "./located-document.ts";
import { bundleSchema } from "./schema-bundle.ts";
import type { Draft } from "./schema-keywords.ts";

void [readFileSync, fc, Ajv, Ajv2020];

function compile(
  schema: unknown,
  { draft = "2020-12", depth = 16 }: { draft?: Draft; depth?: number } = {},
): CheckedSchema {
  const located = parseLocated(JSON.stringify(schema));
  if (!located.ok) throw new Error("the test's schema is no document");
  const result = bundleSchema({ file: "a.json", document: located.document, path: [], draft });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return createCheckedSchema(result.bundle, { label: "a.json", depth });
}

function say(
  schema: unknown,
  value: unknown,
  options: { draft?: Draft; depth?: number } = {},
): string | null {
  return compile(schema, options).check(value, JSON.stringify(value).length)?.detail ?? null;
}

describe("createCheckedSchema", () => {
  it("x", () => {
    const s = {
      type: "object",
      properties: {
        "a/b": { $ref: "#/$defs/x" },
        n: { $ref: "#/$defs/tree" },
        no: false,
        u: { uniqueItems: true },
        e: { enum: [{ a: 1 }] },
        an: { anyOf: [{ type: "string" }, { properties: { z: { type: "number" } } }] },
      },
      additionalProperties: false,
      $defs: {
        x: { type: "string" },
        tree: { properties: { v: { type: "number" }, k: { $ref: "#/$defs/tree" } } },
      },
    };
    const out: unknown[] = [];
    for (const x of [
      { "a/b": 1 },
      { n: { k: { v: "x" } } },
      { no: 1 },
      { u: [1, 1] },
      { e: { valueOf: 1 } },
      { an: { z: "s" } },
      { secret: 1 },
      7,
    ])
      out.push(say(s, x));
    process.stdout.write(JSON.stringify(out, null, 1) + "\n");
  });
});
