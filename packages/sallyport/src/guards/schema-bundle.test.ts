// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import { describe, expect, it } from "vitest";
import { bundleText, faultsOf } from "../../test/schema-fixture.ts";
import {
  bundleSchema,
  MAX_EXPANDED,
  MAX_SCHEMA_DEPTH,
  MAX_SUBSCHEMAS,
  STEP_KEYWORD,
  TABLE_KEYWORDS,
  type SchemaBundle,
} from "./schema-bundle.ts";
import { parseLocated } from "./located-document.ts";
import type { Draft } from "./schema-keywords.ts";

function bundle(schema: unknown, draft?: Draft): SchemaBundle {
  const result = bundleText(JSON.stringify(schema), draft);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.bundle;
}

const wide = (count: number): unknown => ({ anyOf: Array.from({ length: count - 1 }, () => ({})) });
const deep = (depth: number): unknown =>
  JSON.parse(`${'{"not":'.repeat(depth - 1)}{}${"}".repeat(depth - 1)}`);

const REF = "a reference to a schema in this document, such as #/$defs/name";

describe("bundleSchema", () => {
  it("keeps what is checked, and leaves out what only describes", () => {
    const made = bundle({
      $id: "https://a.example",
      title: "T",
      type: "string",
      "x-a": 1,
      $defs: { unused: { bad: 1 } },
    });
    expect(made).toMatchObject({ schema: { type: "string" }, title: "T", draft: "2020-12", deep: false });
    expect(Object.keys(made.schema as object)).toEqual(["type"]);
    expect(bundle(true)).toMatchObject({ schema: true, title: null });
    expect(bundle({ title: 7 }).title).toBeNull();
  });

  it("carries what a schema refers to beside it, once, and knows where each part was written", () => {
    const made = bundle({
      properties: { a: { $ref: "#/$defs/n" }, b: { $ref: "#/$defs/n" } },
      $defs: { n: { type: "number" } },
    });
    expect(made.schema).toEqual({
      properties: { a: { $ref: "#/$defs/d1" }, b: { $ref: "#/$defs/d1" } },
      $defs: { d1: { type: "number" } },
    });
    const { $defs } = made.schema as { $defs: { d1: unknown } };
    expect([made.places.get(made.schema), made.places.get($defs.d1)]).toEqual(["#", "#/$defs/n"]);
  });

  it("marks what refers to itself, so that its steps are counted", () => {
    const made = bundle({
      properties: { tree: { $ref: "#/$defs/tree" } },
      $defs: { tree: { items: { $ref: "#/$defs/tree" } } },
    });
    expect(made.deep).toBe(true);
    expect(made.schema).toMatchObject({
      $defs: { d1: { [STEP_KEYWORD]: true, items: { $ref: "#/$defs/d1" } } },
    });
    expect(bundle({ items: { $ref: "#" } }).schema).toEqual({ [STEP_KEYWORD]: true, items: { $ref: "#" } });
  });

  it("has lists, objects and many values compared by their text, and never by a method that a peer may name", () => {
    expect(bundle({ enum: ["a", null] })).toMatchObject({ schema: { enum: ["a", null] }, deep: false });
    expect(bundle({ const: "a" })).toMatchObject({ schema: { const: "a" }, deep: false });
    expect(bundle({ const: [1] })).toMatchObject({ schema: { [TABLE_KEYWORDS.const]: [[1]] }, deep: true });
    expect(bundle({ enum: [{}, 1] })).toMatchObject({
      schema: { [TABLE_KEYWORDS.enum]: [{}, 1] },
      deep: true,
    });
    const many = Array.from({ length: 17 }, (_one, index) => index);
    expect(bundle({ enum: many })).toMatchObject({ schema: { [TABLE_KEYWORDS.enum]: many } });
    expect([bundle({ uniqueItems: true }).deep, bundle({ uniqueItems: false }).deep]).toEqual([true, false]);
  });

  it.each<[string, unknown, readonly string[]]>([
    [
      "a mistyped keyword",
      { propertis: {} },
      ["#/propertis: expected a keyword of JSON Schema, found `propertis`, which would not be checked"],
    ],
    [
      "an unknown type",
      { items: { type: "strin" } },
      [
        '#/items/type: expected one of null, boolean, object, array, number, string, integer, or a list of them, found "strin"',
      ],
    ],
    [
      "a list of no type",
      { type: [] },
      [
        "#/type: expected one of null, boolean, object, array, number, string, integer, or a list of them, found an empty list",
      ],
    ],
    ["a number as text", { maxLength: "3" }, ['#/maxLength: expected a whole number from 0, found "3"']],
    ["a negative count", { minItems: -1 }, ["#/minItems: expected a whole number from 0, found -1"]],
    ["`required: true`", { required: true }, ["#/required: expected a list of names, each once, found true"]],
    [
      "a name twice",
      { required: ["a", "a"] },
      ["#/required: expected a list of names, each once, found a list"],
    ],
    ["a bound that is no number", { minimum: "1" }, ['#/minimum: expected a number, found "1"']],
    ["a multiple of nothing", { multipleOf: 0 }, ["#/multipleOf: expected a number above 0, found 0"]],
    ["no values", { enum: [] }, ["#/enum: expected a list of 1 to 2000 values, found an empty list"]],
    ["a switch that is none", { uniqueItems: "yes" }, ['#/uniqueItems: expected true or false, found "yes"']],
    [
      "dependencies that are none",
      { dependentRequired: { a: "b" } },
      ["#/dependentRequired: expected a mapping from names to lists of names, found a mapping"],
    ],
    [
      "dependencies in a list",
      { dependentRequired: [] },
      ["#/dependentRequired: expected a mapping from names to lists of names, found an empty list"],
    ],
    [
      "a schema that is none",
      { properties: { a: "string" } },
      ['#/properties/a: expected a schema: a mapping, true or false, found "string"'],
    ],
    [
      "properties that are none",
      { properties: ["a"] },
      ["#/properties: expected a mapping from names to schemas, found a list"],
    ],
    [
      "branches that are none",
      { anyOf: { a: 1 } },
      ["#/anyOf: expected a list of at least one schema, found a mapping"],
    ],
    ["values that are none", { enum: 7 }, ["#/enum: expected a list of 1 to 2000 values, found 7"]],
    [
      "a format that nobody checks",
      { format: "idn-email" },
      [
        expect.stringMatching(
          /^#\/format: expected a format that is checked: one of date-time, .*, found "idn-email"$/,
        ) as string,
      ],
    ],
    ["no branches", { oneOf: [] }, ["#/oneOf: expected a list of at least one schema, found an empty list"]],
    [
      "a tuple of draft-07",
      { items: [{}] },
      ["#/items: expected one schema, found a list. Write `prefixItems`, or `$schema` of draft-07"],
    ],
    [
      "a keyword of draft-07",
      { additionalItems: false },
      [
        "#/additionalItems: expected a keyword of JSON Schema, found `additionalItems`, which would not be checked. It is one of draft-07, and this schema is read as 2020-12",
      ],
    ],
    [
      "a pattern outside RE2",
      { pattern: "(?=a)" },
      [
        '#/pattern: expected a pattern that RE2 knows (no lookaround, no back references): error parsing regexp: invalid or unsupported Perl syntax: `(?=`, found "(?=a)"',
      ],
    ],
    ["a pattern that is none", { pattern: 7 }, ["#/pattern: expected a pattern, found 7"]],
    [
      "a name's pattern outside RE2",
      { patternProperties: { "(": true } },
      [
        '#/patternProperties/(: expected a pattern that RE2 knows (no lookaround, no back references): Invalid regular expression: /(/u: Unterminated group, found "("',
      ],
    ],
    [
      "names' patterns that are none",
      { patternProperties: 7 },
      ["#/patternProperties: expected a mapping from names to schemas, found 7"],
    ],
    [
      "`__proto__`, which the engine leaves out",
      JSON.parse('{"properties":{"__proto__":true}}'),
      [
        "#/properties/__proto__: expected another name, found `__proto__`, which would not be checked. To forbid it, write: propertyNames: { not: { const: __proto__ } }",
      ],
    ],
    [
      "`then` without `if`",
      { then: true },
      ["#/then: expected `if` beside it, found `then` alone, which says nothing"],
    ],
    [
      "`if` without either",
      { if: true },
      ["#/if: expected `then` or `else` beside it, found `if` alone, which says nothing"],
    ],
    [
      "an address",
      { $ref: "https://evil.example/s.json" },
      [
        `#/$ref: expected ${REF}, found "https://evil.example/s.json". Nothing is fetched: copy what it refers to into \`$defs\``,
      ],
    ],
    [
      "another file",
      { items: { $ref: "../../etc/passwd" } },
      [
        `#/items/$ref: expected ${REF}, found "../../etc/passwd". Nothing is fetched: copy what it refers to into \`$defs\``,
      ],
    ],
    ["a reference to nothing", { $ref: "#/$defs/none" }, [`#/$ref: expected ${REF}, found "#/$defs/none"`]],
    ["a reference that is none", { $ref: 7 }, [`#/$ref: expected ${REF}, found 7`]],
    [
      "another draft",
      { $schema: "http://json-schema.org/draft-04/schema#" },
      [
        '#/$schema: expected https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema, found "http://json-schema.org/draft-04/schema#"',
      ],
    ],
    [
      "a draft inside another",
      { items: { $schema: "http://json-schema.org/draft-07/schema" } },
      ["#/items/$schema: expected one of 2020-12, as around it, found a schema of draft-07"],
    ],
    [
      "an `$id` inside",
      { items: { $id: "a" } },
      [
        "#/items/$id: expected a keyword of JSON Schema, found `$id`, which would not be checked. Only the top of a document may have one: write `$ref: '#/$defs/…'` where it is referred to",
      ],
    ],
    [
      "a dynamic reference",
      { $dynamicRef: "#a" },
      [
        "#/$dynamicRef: expected a keyword of JSON Schema, found `$dynamicRef`, which would not be checked. Write `$ref`",
      ],
    ],
    [
      "a circle about one value",
      { allOf: [{ $ref: "#" }] },
      [
        "#: expected a reference from within `properties`, `items` or another part, found a schema that refers to itself about the very same value",
      ],
    ],
    [
      "`contains` and `unevaluatedItems`, of which the engine makes too much",
      { allOf: [{ contains: { type: "number" } }], unevaluatedItems: false },
      [
        "#/unevaluatedItems: expected one of the two, found `unevaluatedItems` in a schema with `contains`, which would not be checked",
      ],
    ],
    ["what is no schema at all", [1], ["#: expected a schema: a mapping, true or false, found a list"]],
  ])("refuses %s, and says where", (_what, schema, faults) => {
    expect(faultsOf(schema)).toEqual(faults);
  });

  it.each<[string, unknown, readonly string[]]>([
    [
      "a rule beside `$ref`",
      { $ref: "#/definitions/a", maxLength: 3, definitions: { a: true } },
      [
        "#/maxLength: expected `$ref` alone, found `maxLength` beside `$ref`, where draft-07 ignores it. Write: allOf: [{ $ref: … }, { … }]",
      ],
    ],
    [
      "a keyword of 2020-12",
      { prefixItems: [true] },
      [
        "#/prefixItems: expected a keyword of JSON Schema, found `prefixItems`, which would not be checked. It is one of 2020-12, and this schema is read as draft-07",
      ],
    ],
    [
      "dependencies that are none",
      { dependencies: 7 },
      ["#/dependencies: expected a mapping from names to schemas, found 7"],
    ],
    [
      "a dependency that is none",
      { dependencies: { a: [1], b: "c" } },
      [
        "#/dependencies/a: expected a list of names, each once, found a list",
        '#/dependencies/b: expected a schema: a mapping, true or false, found "c"',
      ],
    ],
    [
      "an empty tuple",
      { items: [] },
      ["#/items: expected a list of at least one schema, found an empty list"],
    ],
  ])("refuses %s in draft-07", (_what, schema, faults) => {
    expect(faultsOf(schema, "draft-07")).toEqual(faults);
  });

  it("reports every mistake at once, each at its line and column", () => {
    const located = parseLocated(
      "type: object\nproperties:\n  room: { type: sting }\n  text: { maxLenght: 3 }\n",
    );
    const result = located.ok
      ? bundleSchema({ file: "a.yaml", document: located.document, path: [], draft: "2020-12" })
      : null;
    expect(result).toMatchObject({
      ok: false,
      faults: [
        { file: "a.yaml", line: 3, column: 17, place: "#/properties/room/type" },
        { file: "a.yaml", line: 4, column: 11, place: "#/properties/text/maxLenght" },
      ],
    });
  });

  it("is bounded in how many schemas there are, how deep they stand, and what references multiply", () => {
    expect(faultsOf(wide(MAX_SUBSCHEMAS))).toEqual([]);
    expect(faultsOf(wide(MAX_SUBSCHEMAS + 1))).toEqual([
      `#/anyOf/${MAX_SUBSCHEMAS - 1}: expected at most 2000 schemas in a schema, found one more`,
    ]);
    expect(faultsOf(deep(MAX_SCHEMA_DEPTH))).toEqual([]);
    expect(faultsOf(deep(MAX_SCHEMA_DEPTH + 1))).toEqual([
      expect.stringMatching(/^#(\/not){64}: expected at most 64 schemas inside each other, found one more$/),
    ]);
    const $defs = Object.fromEntries(
      Array.from({ length: 20 }, (_one, index) => {
        const $ref = `#/$defs/a${index + 1}`;
        return [`a${index}`, index === 19 ? {} : { allOf: [{ $ref }, { $ref }] }];
      }),
    );
    expect(faultsOf({ $ref: "#/$defs/a0", $defs })).toEqual([
      expect.stringMatching(/^#: expected at most 20000, found \d+ or more schemas, all references followed/),
    ]);
    expect(MAX_EXPANDED).toBe(20_000);
  });
});
