import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { rowAfterKey, rowsInView, scrollToRow, slotsOf } from "./virtual-window.ts";

const list = { count: 50_000, rowHeight: 36, height: 720, scrollTop: 3600 };

describe("rowsInView", () => {
  it("is what is seen, and a few rows around it", () => {
    expect(rowsInView(list)).toEqual({ first: 92, end: 128 });
    expect(rowsInView({ ...list, scrollTop: 0 })).toEqual({ first: 0, end: 28 });
    expect(rowsInView({ ...list, count: 3 })).toEqual({ first: 3, end: 3 });
    expect(rowsInView({ ...list, count: 0 })).toEqual({ first: 0, end: 0 });
  });

  it("never has more rows than the screen has room for, wherever it is scrolled", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: -500, max: 4_000_000 }), (count, scrollTop) => {
        const { first, end } = rowsInView({ ...list, count, scrollTop });
        expect(first).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(count);
        // Each has an element of its own.
        expect(end - first).toBeLessThanOrEqual(slotsOf(list));
      }),
    );
  });
});

describe("slotsOf", () => {
  it("is what is seen, whole or in part, and a few around it; of what has no height, the few", () => {
    expect(slotsOf(list)).toBe(20 + 1 + 16);
    expect(slotsOf({ ...list, height: 721 })).toBe(21 + 1 + 16);
    expect(slotsOf({ ...list, height: -34 })).toBe(1 + 16);
  });
});

describe("scrollToRow", () => {
  it("scrolls no further than needed", () => {
    expect(scrollToRow(105, list)).toBe(3600);
    expect(scrollToRow(2, list)).toBe(72);
    expect(scrollToRow(120, list)).toBe(121 * 36 - 720);
  });
});

describe("rowAfterKey", () => {
  it.each([
    ["ArrowDown", 4, 5],
    ["ArrowDown", 49_999, 49_999],
    ["ArrowUp", 0, 0],
    ["ArrowUp", -1, 49_999],
    ["PageDown", 0, 19],
    ["PageUp", 5, 0],
    ["Home", 500, 0],
    ["End", 0, 49_999],
    ["a", 4, null],
  ])("%s on row %d leads to %s", (key, row, next) => expect(rowAfterKey(key, row, list)).toBe(next));

  it("leads nowhere in an empty list", () => {
    expect(rowAfterKey("End", -1, { ...list, count: 0 })).toBeNull();
  });
});
