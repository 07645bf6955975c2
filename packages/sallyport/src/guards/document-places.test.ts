import { describe, expect, it } from "vitest";
import { describeWritten, formatPointer, isMapping, ownValue, valueAtPath } from "./document-places.ts";

describe("isMapping", () => {
  it("is a mapping, and no list", () => {
    expect([{}, [], null, "a", 1].map(isMapping)).toEqual([true, false, false, false, false]);
  });
});

describe("ownValue", () => {
  it("sees what is the value's own", () => {
    expect([ownValue({ a: 1 }, "a"), ownValue([1, 2], 1), ownValue({}, "toString")]).toEqual([
      1,
      2,
      undefined,
    ]);
    expect([ownValue(null, "a"), ownValue("a", "length")]).toEqual([undefined, undefined]);
  });
});

describe("valueAtPath", () => {
  it("follows keys and positions", () => {
    expect(valueAtPath({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
    expect(valueAtPath({ a: 1 }, ["b", "c"])).toBeUndefined();
  });
});

describe("formatPointer", () => {
  it("escapes what has a meaning (RFC 6901 3)", () => {
    expect(formatPointer(["a/b", "~", 0])).toBe("/a~1b/~0/0");
    expect(formatPointer([])).toBe("");
  });
});

describe("describeWritten", () => {
  it("says what stands there, in short", () => {
    const values = [undefined, null, [], [1], {}, "a", 1, true];
    expect(values.map(describeWritten)).toEqual([
      "nothing",
      "nothing",
      "an empty list",
      "a list",
      "a mapping",
      '"a"',
      "1",
      "true",
    ]);
    expect(describeWritten("a".repeat(100))).toBe(`"${"a".repeat(78)}…`);
  });
});
