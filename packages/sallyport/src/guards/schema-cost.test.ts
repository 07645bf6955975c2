import { describe, expect, it } from "vitest";
import { costOf, type Definition } from "./schema-cost.ts";

const definition = (size: number, ...to: number[]): Definition => ({
  size,
  references: to.map((target) => ({ to: Math.abs(target), inPlace: target < 0 })),
});

describe("costOf", () => {
  it("counts a definition anew wherever it is referred to: 40 that each refer twice to the next are a billion", () => {
    expect(costOf([definition(3, 1, 1), definition(2, 2, 2), definition(5)]).expanded).toBe(
      3 + 2 * (2 + 2 * 5),
    );
    const chain = Array.from({ length: 40 }, (_one, index) => definition(1, index + 1, index + 1));
    expect(costOf([...chain, definition(1)]).expanded).toBe(1_000_000_000);
  });

  it("goes once around a circle, and knows who is part of one", () => {
    const cost = costOf([definition(1, 1), definition(10, 2), definition(100, 1, 3), definition(1000)]);
    expect([...cost.recursive]).toEqual([1, 2]);
    expect(cost.expanded).toBe(11);
    expect([...cost.endless]).toEqual([]);
  });

  it("knows circles about one and the same value, which would never end", () => {
    const cost = costOf([definition(1, 1), definition(1, -2), definition(1, -1, 2)]);
    expect([...cost.recursive]).toEqual([1, 2]);
    expect([...cost.endless]).toEqual([1, 2]);
    expect([...costOf([definition(1, -0)]).endless]).toEqual([]);
  });

  it("takes a reference to nothing for nothing", () => {
    expect(costOf([definition(1, 7)])).toEqual({ recursive: new Set(), endless: new Set(), expanded: 1 });
    expect(costOf([]).expanded).toBe(0);
  });
});
