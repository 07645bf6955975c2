import { Ajv2020 } from "ajv/dist/2020.js";
// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileChecked } from "../../test/schema-fixture.ts";
import { beginMessage } from "./schema-work.ts";
import type { Draft } from "./schema-keywords.ts";

/** What a schema takes and what it does not, as JSON texts. Sections are those of JSON Schema Validation 2020-12 where not said otherwise. */
interface Row {
  readonly schema: unknown;
  readonly good: readonly string[];
  readonly bad: readonly string[];
  readonly source: string;
}

const row = (schema: unknown, good: readonly string[], bad: readonly string[], source: string): Row => ({
  schema,
  good,
  bad,
  source,
});

const both: readonly Row[] = [
  row(true, ["1", "null", "{}"], [], "core 4.3.2"),
  row(false, [], ["1", "null", "{}"], "core 4.3.2"),
  row({}, ["1", "[]"], [], "core 4.3.2"),
  row({ type: "integer" }, ["1", "1.0", "-0", "1e3"], ["1.5", '"1"', "true", "null"], "6.1.1"),
  row({ type: "number" }, ["1.5", "1"], ['"1"', "1e999", "[1]"], "6.1.1"),
  row({ type: ["string", "null"] }, ['"a"', "null"], ["1", "{}"], "6.1.1"),
  row({ type: "object" }, ["{}"], ["[]", "null"], "6.1.1"),
  row({ type: "array" }, ["[]"], ["{}", "null"], "6.1.1"),
  row({ type: "boolean" }, ["true", "false"], ["0", '"true"', "null"], "6.1.1"),
  row(
    { enum: [1, "a", null, false] },
    ["1.0", '"a"', "null", "false"],
    ["2", '"b"', "0", "true", "[]"],
    "6.1.2",
  ),
  row(
    { enum: [{ a: [1] }, [1, 2]] },
    ['{"a":[1.0]}', "[1,2]"],
    ['{"a":[2]}', "[2,1]", '{"a":[1],"b":1}'],
    "6.1.2",
  ),
  row(
    { enum: Array.from({ length: 40 }, (_one, index) => `v${index}`) },
    ['"v0"', '"v39"'],
    ['"v40"', "0", '"\\"v0\\""'],
    "6.1.2",
  ),
  row({ const: { a: false } }, ['{"a":false}'], ['{"a":0}', '{"a":[false]}', "[false]"], "6.1.3"),
  row({ const: 9007199254740991 }, ["9007199254740991", "9007199254740991.0"], ["9007199254740990"], "6.1.3"),
  row({ const: "" }, ['""'], ['" "', "null", "0"], "6.1.3"),
  row({ multipleOf: 0.01 }, ["19.99", "0", "4.35", '"a"'], ["0.015", "1.005"], "6.2.1"),
  row({ multipleOf: 3 }, ["9", "-3"], ["10", "1.5"], "6.2.1"),
  row({ maximum: 3 }, ["3", "-1e308", '"4"'], ["3.0001"], "6.2.2"),
  row({ exclusiveMaximum: 3 }, ["2.99"], ["3"], "6.2.3"),
  row({ minimum: -2 }, ["-2.0"], ["-2.1"], "6.2.4"),
  row({ exclusiveMinimum: -2 }, ["-1.9"], ["-2"], "6.2.5"),
  row({ maxLength: 2 }, ['"ab"', '"💩💩"', '"💩a"', "123"], ['"abc"', '"💩💩💩"', '"💩ab"'], "6.3.1"),
  row({ maxLength: 0 }, ['""'], ['"a"'], "6.3.1"),
  row({ minLength: 2 }, ['"ab"', '"💩💩"', '"abcd"', "1"], ['"a"', '"💩"', '""'], "6.3.2"),
  row({ minLength: 3 }, ['"💩💩💩"', '"\\ud83d\\ud83da"'], ['"💩💩"', '"💩a"'], "6.3.2"),
  row({ pattern: "^a+$" }, ['"aa"', "1"], ['"ab"', '""'], "6.3.3"),
  row({ pattern: "b" }, ['"abc"'], ['"ac"'], "6.3.3"),
  row({ maxItems: 1 }, ["[1]", '{"a":1,"b":2}'], ["[1,2]"], "6.4.1"),
  row({ minItems: 1 }, ["[1]", "{}"], ["[]"], "6.4.2"),
  row(
    { uniqueItems: true },
    ["[1,true]", "[0,false]", '[{"a":1},{"a":2}]', "[[1],[2]]", '{"a":1}', '["1",1]', "[]"],
    ["[1,1.0]", '[{"a":1,"b":2},{"b":2,"a":1}]', "[[1],[1]]", "[null,null]", '["a","a"]'],
    "6.4.3",
  ),
  row({ uniqueItems: false }, ["[1,1]"], [], "6.4.3"),
  row({ maxProperties: 1 }, ['{"a":1}', "[1,2]"], ['{"a":1,"b":2}'], "6.5.1"),
  row({ minProperties: 1 }, ['{"a":1}', "[]"], ["{}"], "6.5.2"),
  row(
    { required: ["constructor", "__proto__", "toString", "a"] },
    ['{"constructor":1,"__proto__":1,"toString":1,"a":null}', "[]"],
    ["{}", '{"a":1}', '{"constructor":1,"toString":1,"a":null}'],
    "6.5.3",
  ),
  row(
    { properties: { a: { type: "string" }, "": { type: "null" }, b: false } },
    ['{"a":"x"}', '{"c":1}', '{"":null}', "1"],
    ['{"a":1}', '{"":1}', '{"b":null}'],
    "core 10.3.2.1",
  ),
  row(
    { properties: { toString: { type: "number" } } },
    ["{}", '{"toString":2}'],
    ['{"toString":"a"}'],
    "core 10.3.2.1",
  ),
  row({ propertyNames: { not: { const: "__proto__" } } }, ["{}"], ['{"__proto__":1}'], "core 10.3.2.4"),
  row(
    { patternProperties: { "^f": { type: "number" }, o$: { minimum: 1 } } },
    ['{"foo":1}', '{"bar":"a"}', '{"zo":2}'],
    ['{"foo":0}', '{"f":"a"}', '{"zo":0}'],
    "core 10.3.2.2",
  ),
  row(
    { properties: { a: {} }, patternProperties: { "^x": {} }, additionalProperties: false },
    ['{"a":1,"x1":2}', "{}", "[]"],
    ['{"b":1}', '{"__proto__":1}', '{"a":1,"constructor":1}'],
    "core 10.3.2.3",
  ),
  row(
    { additionalProperties: { type: "number" } },
    ['{"a":1}', "{}"],
    ['{"a":"b"}', '{"a":1,"b":null}'],
    "core 10.3.2.3",
  ),
  row(
    { propertyNames: { maxLength: 2, pattern: "^[a-z]*$" } },
    ['{"ab":1}', "{}", "[]"],
    ['{"abc":1}', '{"A":1}'],
    "core 10.3.2.4",
  ),
  row({ items: { type: "number" } }, ["[1,2]", "[]", '{"0":"a"}'], ['[1,"a"]'], "core 10.3.1.2"),
  row({ items: false }, ["[]", "1"], ["[1]"], "core 10.3.1.2"),
  row(
    { contains: { minimum: 5 } },
    ["[1,6]", "{}"],
    ["[]", "[1,2]", '["a"]'].filter((text) => text !== '["a"]'),
    "core 10.3.1.3",
  ),
  row({ allOf: [{ minimum: 1 }, { maximum: 3 }] }, ["2"], ["0", "4"], "core 10.2.1.1"),
  row({ anyOf: [{ type: "string" }, { minimum: 3 }] }, ['"a"', "3", "null"], ["2"], "core 10.2.1.2"),
  row({ oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] }, ["2", "9"], ["6", "5"], "core 10.2.1.3"),
  row({ not: { type: "string" } }, ["1"], ['"a"'], "core 10.2.1.4"),
  row(
    { if: { minimum: 10 }, then: { multipleOf: 2 }, else: { multipleOf: 3 } },
    ["12", "9"],
    ["11", "4"],
    "core 10.2.2",
  ),
  row({ if: { minimum: 10 }, else: false }, ["10"], ["9"], "core 10.2.2.3"),
  row(
    { $defs: { "a/b~c": { type: "number" } }, properties: { a: { $ref: "#/$defs/a~1b~0c" } } },
    ['{"a":1}'],
    ['{"a":"1"}'],
    "core 8.2.3.1",
  ),
  row(
    {
      $id: "https://a.example/s",
      definitions: { n: { type: "number" } },
      items: { $ref: "https://a.example/s#/definitions/n" },
    },
    ["[1]"],
    ['["a"]'],
    "core 8.2.1",
  ),
  row(
    { properties: { child: { $ref: "#" }, value: { type: "number" } }, additionalProperties: false },
    ['{"child":{"child":{"value":1}}}'],
    ['{"child":{"child":{"value":"a"}}}', '{"child":{"x":1}}'],
    "core 8.2.3.1",
  ),
  row({ format: "uuid" }, ['"0f8fad5b-d9cb-469f-a165-70867728950e"', "1"], ['"a"'], "7.3.5"),
  row(
    { type: "string", default: "a", examples: [1], title: "t", description: "d", "x-own": 1, $comment: "c" },
    ['"b"'],
    ["1"],
    "9",
  ),
];

const ofDraft: Readonly<Record<Draft, readonly Row[]>> = {
  "2020-12": [
    row(
      { prefixItems: [{ type: "number" }, { type: "string" }], items: false },
      ["[1]", '[1,"a"]', "[]"],
      ['["a"]', '[1,"a",2]'],
      "core 10.3.1.1",
    ),
    row(
      { contains: { type: "number" }, minContains: 2, maxContains: 3 },
      ["[1,2]", '[1,2,3,"a"]'],
      ["[1]", "[1,2,3,4]"],
      "6.4.4, 6.4.5",
    ),
    row(
      { contains: { type: "number" }, minContains: 0, maxContains: 1 },
      ["[]", '["a"]', "[1]"],
      ["[1,2]"],
      "6.4.5",
    ),
    row(
      { dependentRequired: { a: ["b", "toString"] } },
      ['{"b":1}', '{"a":1,"b":2,"toString":3}'],
      ['{"a":1}', '{"a":1,"b":2}'],
      "6.5.4",
    ),
    row(
      { dependentSchemas: { a: { required: ["b"] } } },
      ['{"b":1}', '{"a":1,"b":2}'],
      ['{"a":1}'],
      "core 10.2.2.4",
    ),
    row(
      {
        allOf: [{ properties: { a: true } }],
        anyOf: [{ properties: { b: { const: 1 } }, required: ["b"] }, true],
        unevaluatedProperties: false,
      },
      ['{"a":1}', '{"a":1,"b":1}'],
      ['{"c":1}', '{"a":1,"b":2}'],
      "core 11.3",
    ),
    row(
      { prefixItems: [true], unevaluatedItems: { type: "number" } },
      ['["a",1]'],
      ['["a","b"]'],
      "core 11.2",
    ),
    row(
      { $ref: "#/$defs/n", minimum: 3, $defs: { n: { type: "number" } } },
      ["3"],
      ["2", '"a"'],
      "core 8.2.3.1",
    ),
    row(
      { properties: { a: { $ref: "#here" } }, $defs: { x: { $anchor: "here", type: "number" } } },
      ['{"a":1}'],
      ['{"a":"b"}'],
      "core 8.2.2",
    ),
    row(
      { $schema: "https://json-schema.org/draft/2020-12/schema#", type: "null" },
      ["null"],
      ["1"],
      "core 8.1.1",
    ),
  ],
  "draft-07": [
    row(
      { items: [{ type: "number" }], additionalItems: { type: "string" } },
      ['[1,"a"]', "[]"],
      ['["a"]', "[1,2]"],
      "draft-07 6.4.1",
    ),
    row({ items: { type: "number" }, additionalItems: false }, ["[1,2]"], ['["a"]'], "draft-07 6.4.2"),
    row({ additionalItems: false }, ["[1]"], [], "draft-07 6.4.2"),
    row(
      { dependencies: { a: ["b"], c: { maxProperties: 1 } } },
      ['{"a":1,"b":2}', '{"c":1}', "{}"],
      ['{"a":1}', '{"c":1,"b":2}'],
      "draft-07 6.5.7",
    ),
    row(
      { $ref: "#/definitions/n", description: "d", definitions: { n: { type: "number" } } },
      ["3"],
      ['"a"'],
      "draft-07 8.3",
    ),
    row({ $schema: "http://json-schema.org/draft-07/schema#", type: "null" }, ["null"], ["1"], "draft-07 7"),
  ],
};

function takes(schema: unknown, draft: Draft, text: string): boolean {
  const checked = compileChecked(schema, { draft });
  beginMessage();
  return checked.check(JSON.parse(text)) === null;
}

const cases = (["2020-12", "draft-07"] as const).flatMap((draft) =>
  [...both, ...ofDraft[draft]].map((one) => [draft, JSON.stringify(one.schema).slice(0, 90), one] as const),
);

describe("a checked schema", () => {
  it.each(cases)(
    "of %s means by %s what JSON Schema means",
    (draft, _text, { schema, good, bad, source }) => {
      expect(source).not.toBe("");
      expect(good.filter((text) => !takes(schema, draft, text))).toEqual([]);
      expect(bad.filter((text) => takes(schema, draft, text))).toEqual([]);
    },
  );

  it("agrees with the engine as it comes, where that has no weakness", () => {
    const plain = new Ajv2020({ strict: false, ownProperties: true, formats: {}, validateFormats: false });
    const leaf = fc.constantFrom<unknown>(
      { type: "string" },
      { type: ["integer", "null"] },
      { enum: ["a", 1, null] },
      { const: "a" },
      { minLength: 1, maxLength: 3 },
      { minimum: 0, exclusiveMaximum: 10 },
      { pattern: "^[ab]*$" },
      { uniqueItems: true, maxItems: 3 },
      true,
      false,
    );
    const schemas = fc.letrec<{ schema: unknown }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        leaf,
        fc.record(
          {
            properties: fc.dictionary(fc.constantFrom("a", "b"), tie("schema"), { maxKeys: 2 }),
            required: fc.constantFrom([], ["a"], ["b"]),
            additionalProperties: tie("schema"),
          },
          { requiredKeys: [] },
        ),
        fc.record(
          { items: tie("schema"), contains: tie("schema"), minItems: fc.nat(2) },
          { requiredKeys: ["items"] },
        ),
        fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ oneOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ if: tie("schema"), then: tie("schema"), else: tie("schema") }),
        fc.record({ not: tie("schema") }),
        fc.record({
          allOf: fc.tuple(tie("schema"), tie("schema")),
          unevaluatedProperties: fc.constant(false),
        }),
      ),
    })).schema;
    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>("a", "ab", "abcd", "", 1, 9.5, -1, null, true),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(schemas, fc.array(values, { minLength: 1, maxLength: 10 }), (schema, some) => {
        const checked = compileChecked(schema);
        const validate = plain.compile(structuredClone(schema) as object);
        for (const one of some) {
          const value: unknown = JSON.parse(JSON.stringify(one));
          beginMessage();
          expect(checked.check(value) === null).toBe(validate(value));
        }
      }),
      { numRuns: 100 },
    );
  });
});
