import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

/** Objects of one name after another, made by hand: what `JSON.parse` should have made. */
function made(members: readonly (readonly [string, unknown])[]): unknown {
  return members.map(([name, value]) => {
    const object = {};
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    return object;
  });
}

/** A JSON text in which every character of a name or text is an escape. */
const escaped = (text: string): string =>
  `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`;

describe("parseJson", () => {
  // A name that was read before stands for one whose text begins like it: https://github.com/nodejs/node/issues/63785
  it.each([
    ['{"p":1,"\\\\":1}', '{"p":1,"\\u0062":2}', { p: 1, b: 2 }],
    ['{"q":1,"\\\\":1}', '{"q":1,"\\"":2}', { q: 1, '"': 2 }],
    ['{"r":1,"\\\\u00":1}', '{"r":1,"\\u0072oom" :2}', { r: 1, room: 2 }],
    ['{"s":1,"ro\\\\":1}', '{"s":1,"ro\\u006f":[{"a":1}]}', { s: 1, roo: [{ a: 1 }] }],
    ['{"t":1,"\\\\":1}', '[{"t":1,"\\u0074":2}]', [{ t: 2 }]],
    ['{"u":1,"\\\\":1}', '{"u":"\\\\","\\n":"\\""}', { u: "\\", "\n": '"' }],
  ])("reads names as they are written after %s", (before, text, expected) => {
    for (let time = 0; time < 3; time++) {
      parseJson(before);
      expect(parseJson(text)).toEqual(expected);
    }
  });

  it("gives a member of the name `__proto__` to its object, and no prototype", () => {
    const value = parseJson('{"a\\n":1,"\\u005f_proto__":{"b":1}}');
    expect(Object.keys(Object(value))).toEqual(["a\n", "__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("takes the last of members with one name, where the first stands (ECMA-262 25.5.1)", () => {
    expect(JSON.stringify(parseJson('{"\\u0061":1,"b":2,"a":3}'))).toBe('{"a":3,"b":2}');
  });

  it.each(['{"a\\n":1', "", "{'a':1}", '{"a":"\\x"}', '{"\\n":1,}'])("throws at %s", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it("reads deep JSON with an escape in a name", () => {
    const depth = 200_000;
    let value = parseJson(`${"[".repeat(depth)}{"\\n":1}${"]".repeat(depth)}`);
    for (let level = 0; level < depth; level++) value = Array.isArray(value) ? value[0] : null;
    expect(value).toEqual({ "\n": 1 });
  });

  it("means what was written, whatever is escaped and whatever was read before", () => {
    const name = fc.string({
      unit: fc.constantFrom("\\", '"', "u", "0", "6", "1", "a", "\n", "é"),
      maxLength: 5,
    });
    const leaf = fc.oneof(fc.integer(), fc.constantFrom(1.5, -2e30), fc.boolean(), fc.constant(null), name);
    const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 2 }), fc.dictionary(name, leaf, { maxKeys: 2 }));
    const space = fc.constantFrom("", " ", "\n\t");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value, fc.boolean(), space), { maxLength: 6 }), (members) => {
        const texts = members.map(
          ([key, said, isEscaped, gap]) =>
            `${gap}{${gap}${isEscaped ? escaped(key) : JSON.stringify(key)}${gap}:${gap}${JSON.stringify(said)}${gap}}${gap}`,
        );
        expect(parseJson(`[${texts.join(",")}]`)).toEqual(
          made(members.map(([key, said]) => [key, said] as const)),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
