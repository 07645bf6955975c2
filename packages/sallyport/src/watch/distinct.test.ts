import { describe, expect, it } from "vitest";
import { Distinct } from "./distinct.ts";

function countOf(texts: Iterable<string>): number {
  const distinct = new Distinct();
  for (const text of texts) distinct.add(text, 3);
  return distinct.count;
}
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `text ${index}`);

describe("Distinct", () => {
  it("counts different texts, however often they come", () => {
    expect(countOf([])).toBe(0);
    expect(countOf(["a", "a", "a"])).toBe(1);
    expect(countOf([...many(5), ...many(5)])).toBe(5);
  });

  it("is within a third at fifty, and never says more than 270", () => {
    expect(countOf(many(50))).toBeGreaterThan(33);
    expect(countOf(many(50))).toBeLessThan(67);
    expect(countOf(many(100_000))).toBeLessThanOrEqual(270);
  });

  it("reads the beginning of a long text alone", () => {
    expect(countOf([`${"x".repeat(300)}a`, `${"x".repeat(300)}b`])).toBe(1);
  });

  it("forgets", () => {
    const distinct = new Distinct();
    for (const text of many(9)) distinct.add(text, 3);
    distinct.clear();
    expect(distinct.count).toBe(0);
  });
});
