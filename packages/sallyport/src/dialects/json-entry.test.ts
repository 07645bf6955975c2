import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonEntry } from "./json-entry.ts";

/** The value at a path and the text without it; or `ambiguous`, or `null`. */
function cut(text: string, path: readonly string[]): readonly [unknown, string] | "ambiguous" | null {
  const entry = findJsonEntry(text, path);
  if (entry === null || entry === "ambiguous") return entry;
  const value: unknown = JSON.parse(text.slice(entry.valueStart, entry.valueEnd));
  return [value, text.slice(0, entry.start) + text.slice(entry.end)];
}

describe("findJsonEntry", () => {
  it.each([
    ['{"t":"x"}', ["t"], "x", "{}"],
    ['{ "t" : "x" }', ["t"], "x", "{  }"],
    ['{"t":"x","b":1}', ["t"], "x", '{"b":1}'],
    ['{"a":1,"t":"x"}', ["t"], "x", '{"a":1}'],
    ['{"a":1 , "t" :\n"x" , "b":2}', ["t"], "x", '{"a":1 , "b":2}'],
    ['\t{"a":1,\r\n"t":"x"\r\n}', ["t"], "x", '\t{"a":1\r\n}'],
    [
      '{"a":[1,{"t":"no"}],"t":{"u":"]}\\"","v":null}}',
      ["t", "u"],
      ']}"',
      '{"a":[1,{"t":"no"}],"t":{"v":null}}',
    ],
    ['{"a":1e400,"b":1.0,"c":"\\u00e9","t":"x"}', ["t"], "x", '{"a":1e400,"b":1.0,"c":"\\u00e9"}'],
    ['{"\\u0074":"x","a\\\\":1}', ["t"], "x", '{"a\\\\":1}'],
    ['[[],["a","b"],true]', ["1", "1"], "b", '[[],["a"],true]'],
    ["[true,-1,null]", ["1"], -1, "[true,null]"],
    ['{"":{"":"x"}}', ["", ""], "x", '{"":{}}'],
    ['{"__proto__":"x"}', ["__proto__"], "x", "{}"],
  ])("finds in %s what %j leads to, and what is left without it", (text, path, value, rest) => {
    expect(cut(text, path)).toEqual([value, rest]);
  });

  it.each([
    ["{}", ["t"]],
    ["[]", ["0"]],
    ['{"a":{"t":1}}', ["t"]],
    ['{"T":1}', ["t"]],
    ['"t"', ["t"]],
    ["7 ", ["t"]],
    ['{"t":"x"}', ["t", "0"]],
    ['["x"]', ["1"]],
    ['["x"]', ["00"]],
    ['["x"]', ["-"]],
  ])("finds nothing in %s where %j leads nowhere (RFC 6901 4)", (text, path) => {
    expect(cut(text, path)).toBeNull();
  });

  it.each([
    ['{"t":"x","t":"y"}', ["t"]],
    ['{"t":"x","\\u0074":"x"}', ["t"]],
    ['{"a":{"t":"x"},"a":{}}', ["a", "t"]],
  ])("says that %s is ambiguous at %j: two readers would find two values (RFC 8259 4)", (text, path) => {
    expect(cut(text, path)).toBe("ambiguous");
  });

  it("does not mind a name that stands twice elsewhere", () => {
    expect(cut('{"t":"x","a":{"t":1,"t":2},"b":1,"b":2}', ["t"])).toEqual([
      "x",
      '{"a":{"t":1,"t":2},"b":1,"b":2}',
    ]);
  });

  it.each(['{"t', '{"t":', '{"t":"x', '{"t":{"u":1', "[1", '{"t"x"y"'])(
    "comes to an end on %s, which is no JSON",
    (text) => {
      expect(() => findJsonEntry(text, ["t"])).not.toThrow();
    },
  );

  it("finds what JSON.parse finds, and leaves what is equal to the rest, for any JSON", () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 6 });
    const space = fc.constantFrom(0, 1, "\t");
    fc.assert(
      fc.property(json, space, fc.nat(), (object, indent, pick) => {
        const text = JSON.stringify(object, null, indent);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const names = Object.keys(parsed);
        const name = names[pick % names.length] ?? "";
        const found = cut(text, [name]);
        if (found === null || found === "ambiguous") throw new Error(String(found));
        const { [name]: value, ...rest } = parsed;
        expect(found[0]).toEqual(value);
        expect(JSON.parse(found[1])).toEqual(rest);
      }),
    );
  });
});
