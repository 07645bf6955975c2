import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["origin", "origin", 0],
    ["orign", "origin", 1],
    ["origni", "origin", 1],
    ["ca", "abc", 3],
    ["", "abc", 3],
  ])("between %j and %j is %i (Damerau 1964, restricted)", (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
  });

  it("is symmetric, and zero only between equal words", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (left, right) => {
        const distance = editDistance(left, right);
        expect(distance).toBe(editDistance(right, left));
        expect(distance === 0).toBe(left === right);
      }),
    );
  });
});

describe("nearest", () => {
  const keys = ["path", "host", "origin", "identity", "messageSize"];
  it.each([
    ["orign", "origin"],
    ["ORIGIN", "origin"],
    ["mesageSize", "messageSize"],
    ["identty", "identity"],
    ["zzzzzz", null],
    ["x".repeat(100), null],
    ["", null],
  ])("of %j is %j", (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });
});
