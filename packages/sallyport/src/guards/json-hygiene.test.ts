import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../dialects/parse-json.ts";
import { checkHygiene, checkPlainText, type HygieneOptions } from "./json-hygiene.ts";

const defaults: HygieneOptions = {
  depth: 32,
  keys: 1000,
  elements: 10_000,
  keyLength: 256,
  duplicates: true,
  prototype: true,
  numbers: true,
  surrogates: true,
  control: true,
  bom: true,
  json: "accept",
};
const none: HygieneOptions = {
  depth: 128,
  keys: 1e6,
  elements: 1e6,
  keyLength: 65_536,
  duplicates: false,
  prototype: false,
  numbers: false,
  surrogates: false,
  control: false,
  bom: false,
  json: "accept",
};

const check = (text: string, options: Partial<HygieneOptions> = {}): string | null =>
  checkHygiene(
    // eslint-disable-next-line no-control-regex
    { text, value: parseJson(text), isAscii: /^[\0-\u007f]*$/.test(text) },
    { ...defaults, ...options },
  );

describe("checkHygiene", () => {
  it.each([
    "null",
    '"text"',
    "0",
    "[0,0.0,1e-5,0e-999]",
    '{"a":{"b":[1,2.5,-3e2,true,null,"x"]},"c":"12:30"}',
    '{"text":":) \\":\\" \\n \\u00e9 \\ud83d\\ude00"}',
    '{ "a" : 1, "b" : {"a" : 2} }',
    '{"constructor":"Ferrari","prototype":1}',
    '{"x":"constructor","to":"toString"}',
    '{"a":"👍🏽 ‍ مرحبا"}',
    '{"constructor":{"a":1}}',
  ])("lets %s pass", (text) => {
    expect(check(text)).toBeNull();
  });

  it.each([
    ["[".repeat(33) + "]".repeat(33), "depth: deeper than 32"],
    [`{"a":{"b":${"[".repeat(31)}${"]".repeat(31)}}}`, 'depth: deeper than 32, at "/a/b/0'],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, i]))),
      "keys: more than 1000",
    ],
    [JSON.stringify(Array.from({ length: 10_001 }, () => null)), "elements: more than 10000"],
    [JSON.stringify({ ["k".repeat(257)]: 1 }), "keyLength: a name of 257 characters"],
    ['{"role":"user","role":"admin"}', 'duplicates: "role" stands twice in an object'],
    ['{"a":[{"b" :1,"\\u0062":2}]}', 'duplicates: "b" stands twice in an object'],
    ['{"__proto__":{"x":1}}', 'prototype: a reserved name, at "/__proto__"'],
    ['{"\\u005f_proto__":1}', "prototype: a reserved name"],
    ['{"constructor":{"prototype":{}}}', "prototype: a reserved name"],
    ['{"a.__proto__.b":1}', "prototype: a reserved name"],
    ['{"constructor[prototype][x]":1}', "prototype: a reserved name"],
    ['{"type":{"toString":"x"}}', 'prototype: a reserved name, at "/type/toString"'],
    ['{"type":"__proto__"}', 'prototype: a reserved name as a value, at "/type"'],
    ["[1e999]", "numbers: one of 5 characters that a double does not hold"],
    ['{"id":9007199254740993}', "numbers: one of 16 characters"],
    ["[1e-400]", "numbers: one of 6 characters"],
    ["[1E-400]", "numbers: one of 6 characters"],
    ['["\u007f"]', "control: a control character"],
    [`[0.${"1".repeat(200)}]`, "numbers: one of 202 characters"],
    ['["\\ud800"]', 'surrogates: half a pair, at "/0"'],
    ['{"\\udc00":1}', "surrogates: half a pair in a name"],
    ['["\\u0000"]', "control: a control character"],
    ['["a\\bb"]', "control: a control character"],
    ['["\u202eabc"]', "control: a control character"],
    ['{"a\\u0000":1}', "control: a control character in a name"],
    ['{"a\u200b":1}', "control: a control character in a name"],
  ])("refuses %j: %s", (text, finding) => {
    expect(check(text)).toContain(finding);
  });

  it("looks at the length of texts only where it is asked to", () => {
    expect(check(JSON.stringify(["x".repeat(5000)]))).toBeNull();
    expect(check('["12345"]', { strings: 4 })).toBe('strings: a text of 5 characters, at "/0"');
  });

  it("checks nothing that is switched off", () => {
    const all = '{"__proto__":1,"a":1,"a":[1e999,"\\ud800\\u0000"],"\\u0000\\ud800":"__proto__"}';
    expect(check(all, none)).toBeNull();
    expect(check(all, { ...none, control: true })).toContain("control");
    expect(check(all, { ...none, surrogates: true })).toContain("surrogates");
  });

  it("finds a name that stands twice where V8 takes one of them for a name it has read before (nodejs/node#63785)", () => {
    check('{"twice":1,"\\\\":1}');
    expect(check('{"twice":1,"\\u0074wice":1}')).toContain("duplicates");
    check('{"t":1,"\\\\":1}');
    expect(check('{"t":1,"\\u0074":1}')).toBe('duplicates: "t" stands twice in an object');
  });

  it("finds a name that stands twice in any text, and never one where there is none", () => {
    const names = fc.constantFrom("a", "b", ":", '"', "\\", "a:", " ", "é");
    const space = fc.constantFrom("", " ", "\n", "\t");
    fc.assert(
      fc.property(fc.array(fc.tuple(names, space, names), { maxLength: 5 }), (members) => {
        const text = `{${members.map(([name, gap, value]) => `${JSON.stringify(name)}${gap}:${JSON.stringify(value)}`).join(",")}}`;
        const twice = new Set(members.map(([name]) => name)).size < members.length;
        expect(check(text) !== null).toBe(twice);
      }),
    );
  });

  it("never throws, whatever JSON it is given", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 40 }), (text) => {
        expect(() => check(text)).not.toThrow();
      }),
    );
  });
});

describe("checkPlainText", () => {
  it.each([
    ["\ufeff{}", {}, "bom: it begins with a byte order mark"],
    ["a\0b", {}, "control: a control character"],
    ["{'a':1}", { json: "require" as const }, "json: it is not JSON"],
    ["hello\n", {}, null],
    ["\ufeffa\0", { bom: false, control: false }, null],
  ])("says of %j under %j: %s", (text, options, finding) => {
    expect(checkPlainText(text, { ...defaults, ...options })).toBe(finding);
  });
});
