import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileChecked, type SchemaReading } from "../../test/schema-fixture.ts";
import type { SchemaMismatch } from "./checked-schema.ts";
import { beginMessage, MAX_STEPS } from "./schema-work.ts";
import { MAX_MATCHED_CHARACTERS } from "./schema-pattern.ts";

function check(schema: unknown, text: string, options: SchemaReading = {}): SchemaMismatch | null {
  const checked = compileChecked(schema, options);
  beginMessage();
  return checked.check(JSON.parse(text));
}

function detail(schema: unknown, text: string, options: SchemaReading = {}): string | null {
  return check(schema, text, options)?.detail ?? null;
}

/** How often a check looks at a part of a value: what it costs, without a clock. */
function looksAt(schema: unknown, value: unknown): number {
  let looks = 0;
  const counted = (inner: unknown): unknown => {
    if (typeof inner !== "object" || inner === null) return inner;
    return new Proxy(inner, {
      get(target, key) {
        looks++;
        return counted(Reflect.get(target, key));
      },
      getOwnPropertyDescriptor(target, key) {
        looks++;
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
      ownKeys(target) {
        const keys = Reflect.ownKeys(target);
        looks += keys.length;
        return keys;
      },
    });
  };
  const checked = compileChecked(schema);
  beginMessage();
  checked.check(counted(value));
  return looks;
}

const list = (length: number, make: (index: number) => unknown): unknown[] =>
  Array.from({ length }, (_one, index) => make(index));
const object = (length: number, value: unknown = 1): unknown =>
  Object.fromEntries(list(length, (index) => [`k${index}`, value]) as [string, unknown][]);

/** A tree in which every node has two ways to go on, which are told apart only at the end of each. */
const branches = (own: string): unknown =>
  ["x", "y"].map((kind) => ({ properties: { a: { $ref: own }, kind: { const: kind } } }));
const twoWays = { anyOf: branches("#") };
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}{}${',"kind":"z"}'.repeat(depth)}`;

const constants = (schema: unknown): unknown => Object.fromEntries(compileChecked(schema).constants);

describe("createCheckedSchema", () => {
  it.each<[unknown, string, string]>([
    [{ type: "object" }, "7", '"": #/type, found number'],
    [
      { properties: { a: { items: { type: "string" } } } },
      '{"a":["x",null]}',
      '"/a/1": #/properties/a/items/type, found null',
    ],
    [
      { properties: { "a/b~": { type: "null" } } },
      '{"a/b~":[]}',
      '"/a/b~": #/properties/a~1b~0/type, found array',
    ],
    [{ required: ["a"] }, "{}", '"": #/required, found object'],
    [
      {
        properties: { a: { $ref: "#/$defs/t" } },
        $defs: { t: { items: { $ref: "#/$defs/t" }, maxItems: 1 } },
      },
      '{"a":[[1,2]]}',
      '"/a/0": #/$defs/t/maxItems, found array',
    ],
    [{ enum: [{ a: 1 }] }, '{"a":2}', '"": #/enum, found object'],
    [{ const: [1] }, "[2]", '"": #/const, found array'],
    [{ properties: { a: false } }, '{"a":1}', '"/a": a schema that is `false`, found number'],
    [
      { anyOf: [{ type: "string" }, { properties: { n: { type: "number" } } }] },
      '{"n":"x"}',
      '"": #/anyOf, found object; one way came as far as "/n": #/anyOf/1/properties/n/type, found string',
    ],
    [{ oneOf: [true, true] }, "1", '"": #/oneOf, found number'],
  ])(
    "tells of %j where it was broken, by which rule, and the type of what stood there",
    (schema, text, expected) => {
      expect(detail(schema, text)).toBe(expected);
    },
  );

  it("names rules of draft-07 as they are written there", () => {
    const options = { draft: "draft-07" } as const;
    expect(detail({ dependencies: { a: ["b"] } }, '{"a":1}', options)).toBe(
      '"": #/dependencies, found object',
    );
    expect(detail({ items: [{ type: "null" }] }, "[1]", options)).toBe('"/0": #/items/0/type, found number');
  });

  it("shows no name that is not its author's, and no value", () => {
    const schema = { additionalProperties: { properties: { id: { type: "number" } } } };
    const found = detail(schema, '{"ada@example.com":{"id":"4111111111111111"}}');
    expect(found).toBe('"/*/id": #/additionalProperties/properties/id/type, found string');
    const numbered = { additionalProperties: { items: { type: "string" } } };
    expect(detail(numbered, '{"78051120":["a",7]}')).toBe(
      '"/*/1": #/additionalProperties/items/type, found number',
    );
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), fc.string({ minLength: 3 }), (name, value) => {
        fc.pre(!"additionalProperties maxLength found string".includes(name));
        fc.pre(!"additionalProperties maxLength found string".includes(value));
        const told =
          detail({ additionalProperties: { maxLength: 2 } }, JSON.stringify({ [name]: value })) ?? "";
        expect(told.includes(name) || told.includes(value)).toBe(false);
      }),
    );
  });

  it("knows the texts that tell messages apart: required, and one alone", () => {
    expect(
      constants({ properties: { type: { const: "a" }, kind: { enum: ["b"] } }, required: ["type", "kind"] }),
    ).toEqual({
      type: "a",
      kind: "b",
    });
    expect(
      constants({
        properties: { type: { const: "a" }, n: { const: 1 }, e: { enum: ["a", "b"] } },
        required: ["n", "e"],
      }),
    ).toEqual({});
    expect(
      constants({
        allOf: [{ $ref: "#/$defs/base" }, { required: ["type"] }],
        $defs: { base: { properties: { type: { const: "join" }, next: { $ref: "#/$defs/base" } } } },
      }),
    ).toEqual({ type: "join" });
    expect([constants(true), constants({ items: { $ref: "#" } })]).toEqual([{}, {}]);
  });
});

describe("what a message can make a check do", () => {
  it.each<[string, unknown, (size: number) => unknown]>([
    [
      "properties",
      { items: { properties: object(30, { type: "number" }), additionalProperties: false } },
      (size) => list(size, () => object(5)),
    ],
    [
      "items",
      { items: { type: "object", required: ["k0"], properties: { k0: { minimum: 0 } } } },
      (size) => list(size, () => object(3)),
    ],
    ["uniqueItems, of numbers", { uniqueItems: true }, (size) => list(size, (index) => index)],
    [
      "uniqueItems, of objects",
      { uniqueItems: true },
      (size) => list(size, (index) => ({ index, more: [index] })),
    ],
    ["contains", { contains: { const: "none" } }, (size) => list(size, (index) => index)],
    [
      "enum, of objects",
      { items: { enum: list(500, (index) => ({ index })) } },
      (size) => list(size, () => ({ index: 499 })),
    ],
    ["additionalProperties", { additionalProperties: { type: "number" } }, (size) => object(size)],
    [
      "patternProperties",
      { patternProperties: { "^k": { type: "number" }, "9$": { minimum: 0 } }, additionalProperties: false },
      (size) => object(size),
    ],
    ["propertyNames", { propertyNames: { maxLength: 20 } }, (size) => object(size)],
    [
      "dependentSchemas",
      { dependentSchemas: { k0: { additionalProperties: { type: "number" } } } },
      (size) => object(size),
    ],
    [
      "oneOf",
      { items: { oneOf: [{ type: "string" }, { type: "number" }] } },
      (size) => list(size, (index) => index),
    ],
    [
      "anyOf that nothing takes",
      { items: { anyOf: [{ required: ["x"] }, { required: ["k0"] }] } },
      (size) => list(size, () => object(2)),
    ],
    [
      "unevaluatedProperties",
      { anyOf: [{ patternProperties: { "^k": true } }, true], unevaluatedProperties: false },
      (size) => object(size),
    ],
    [
      "unevaluatedItems",
      { allOf: [{ prefixItems: [true] }], unevaluatedItems: { type: "number" } },
      (size) => list(size, () => 1),
    ],
    ["a schema that refers to itself", { items: { $ref: "#" } }, (size) => list(size, () => [[], [[]]])],
    ["two ways on at every level", { items: twoWays }, (size) => list(size, () => JSON.parse(nested(6)))],
  ])("grows no faster than the message, with %s", (_what, schema, make) => {
    const [small, large] = [200, 1600].map((size) => looksAt(schema, make(size)));
    expect(small).toBeGreaterThanOrEqual(200);
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(8.5);
  });

  it("ends where a schema leads on in two ways at every level of a message: fifteen would be 65,536 steps", () => {
    const text = nested(15);
    expect(check(twoWays, text, { depth: 64 })).toEqual({
      fault: "costly",
      detail: "its schema refers to itself, and leads on in more ways than may be followed",
    });
    expect(looksAt(twoWays, JSON.parse(text))).toBeLessThan(20 * MAX_STEPS);
    expect(check(twoWays, nested(8))?.fault).toBe("mismatch");
  });

  it("is no way round it that a schema says `not`: what was not checked to the end never passes", () => {
    const root = { not: { $ref: "#/$defs/t" }, $defs: { t: { anyOf: branches("#/$defs/t") } } };
    expect(check(root, nested(15), { depth: 64 })?.fault).toBe("costly");
  });

  it("is counted over all checks of one message together", () => {
    const checked = compileChecked({ items: { $ref: "#" } });
    const value = list(MAX_STEPS / 2, () => []);
    beginMessage();
    expect([checked.check(value), checked.check(value)?.fault]).toEqual([null, "costly"]);
    beginMessage();
    expect(checked.check(value)).toBeNull();
  });

  it("follows no message deeper than it may, where the schema follows it", () => {
    const tree = { properties: { a: { $ref: "#" } } };
    expect([check(tree, nested(15)), check(tree, nested(16))?.detail]).toEqual([
      null,
      "it is nested deeper than 16",
    ]);
    expect(check({ uniqueItems: true }, nested(16))?.fault).toBe("costly");
    const bomb = `${"[".repeat(400_000)}${"]".repeat(400_000)}`;
    expect(check({ items: { $ref: "#" } }, bomb)?.fault).toBe("costly");
    expect(check({ type: "array" }, bomb)).toBeNull();
    expect(check({ enum: [[[]]] }, bomb)?.fault).toBe("costly");
  });

  it("ends with the stack, where references follow a message in long chains", () => {
    const $defs = Object.fromEntries(
      list(60, (index) => [
        `a${index}`,
        index === 59
          ? { properties: { a: { $ref: "#" } } }
          : { allOf: [{ $ref: `#/$defs/a${index + 1}` }, {}] },
      ]) as [string, unknown][],
    );
    expect(check({ $ref: "#/$defs/a0", $defs }, nested(255), { depth: 256 })?.detail).toBe(
      "it is nested deeper than 256",
    );
  });

  it("is bounded in the characters that patterns look at", () => {
    const schema = { items: { pattern: "^(a+)+$" } };
    const item = "a".repeat(1024);
    const fits = MAX_MATCHED_CHARACTERS / 1024;
    expect(check(schema, JSON.stringify(list(fits, () => item)))).toBeNull();
    expect(check(schema, JSON.stringify(list(fits + 1, () => item)))).toEqual({
      fault: "costly",
      detail: "patterns would have to look at too many characters",
    });
  });

  it("never calls what a peer named like a method", () => {
    const hostile =
      '{"valueOf":1,"toString":2,"constructor":3,"hasOwnProperty":4,"toJSON":5,"__proto__":6,"length":7}';
    const schemas = [
      { const: { a: 1 } },
      { enum: [{ a: 1 }, 2] },
      { required: ["a"] },
      { properties: { valueOf: { type: "string" } } },
      { properties: object(20, true), additionalProperties: false },
    ];
    expect(schemas.map((schema) => check(schema, hostile)?.fault)).toEqual(schemas.map(() => "mismatch"));
    expect(check({ uniqueItems: true }, `[${hostile},${hostile}]`)?.fault).toBe("mismatch");
  });

  it("throws what is no fault of a message", () => {
    const checked = compileChecked({ properties: { a: { type: "number" } } });
    const value = Object.defineProperty({}, "a", {
      enumerable: true,
      get() {
        throw new TypeError("a test");
      },
    });
    expect(() => checked.check(value)).toThrow("a test");
  });

  it("is nothing that throws, whatever JSON comes", () => {
    const schemas = [
      {
        type: "object",
        properties: { a: { items: { $ref: "#" }, uniqueItems: true } },
        additionalProperties: { enum: [[1], "a"] },
      },
      {
        oneOf: [{ type: "array", contains: { minLength: 1 } }, { propertyNames: { pattern: "^a" } }],
        items: { format: "date-time" },
      },
    ].map((schema) => compileChecked(schema));
    fc.assert(
      fc.property(fc.json(), (text) => {
        beginMessage();
        for (const schema of schemas)
          expect([undefined, "mismatch", "costly"]).toContain(schema.check(JSON.parse(text))?.fault);
      }),
    );
  });
});
