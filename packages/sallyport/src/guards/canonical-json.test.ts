import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, isDeeperThan } from "./canonical-json.ts";

const parse = (text: string): unknown => JSON.parse(text);
const canonical = (text: string): string | null => canonicalJson(parse(text), 8);

/** The same value with the members of every object in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([name, entry]) => [name, turned(entry)]));
}

describe("canonicalJson", () => {
  it("is the same for values that JSON Schema calls equal (2020-12 core 4.2.2)", () => {
    expect(canonical('{"a":1,"b":[true,null]}')).toBe(canonical('{"b":[true,null],"a":1.0}'));
    expect(canonical("-0")).toBe(canonical("0"));
    expect(canonical('"\\u0061"')).toBe(canonical('"a"'));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(turned(value), 100)).toBe(canonicalJson(value, 100));
      }),
    );
  });

  it.each([
    ["1", '"1"'],
    ["[1,2]", "[2,1]"],
    ['{"a":1}', '{"a":1,"b":2}'],
    ["false", "0"],
    ['{"0":1}', "[1]"],
    ["[]", "{}"],
    ['["a,b"]', '["a","b"]'],
    ['{"a":{"b":1}}', '{"a":{},"b":1}'],
  ])("differs for %s and %s", (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });

  it("calls no method that a peer's members stand in the place of", () => {
    const hostile = '{"valueOf":1,"toString":2,"constructor":3,"toJSON":4,"__proto__":5,"hasOwnProperty":6}';
    expect(canonical(hostile)).toBe(
      '{"__proto__":5,"constructor":3,"hasOwnProperty":6,"toJSON":4,"toString":2,"valueOf":1,}',
    );
  });

  it("goes no deeper than it may, however deep a value is", () => {
    expect(canonicalJson([[1]], 2)).toBe("[[1,],]");
    expect(canonicalJson([[1]], 1)).toBeNull();
    expect(canonicalJson({ a: { b: 1 } }, 1)).toBeNull();
    expect(canonical(`${"[".repeat(400_000)}${"]".repeat(400_000)}`)).toBeNull();
  });
});

describe("isDeeperThan", () => {
  it("counts lists and objects inside each other", () => {
    expect([1, "a", null].map((value) => isDeeperThan(value, 0))).toEqual([false, false, false]);
    expect([[], {}].map((value) => isDeeperThan(value, 0))).toEqual([true, true]);
    expect(isDeeperThan([1, { a: [2] }], 3)).toBe(false);
    expect(isDeeperThan([1, { b: 1, a: [2] }], 2)).toBe(true);
    expect(isDeeperThan({ hasOwnProperty: [] }, 1)).toBe(true);
  });

  it("looks no deeper than that, so that no message takes it far", () => {
    expect(isDeeperThan(parse(`${"[".repeat(400_000)}${"]".repeat(400_000)}`), 64)).toBe(true);
  });
});
