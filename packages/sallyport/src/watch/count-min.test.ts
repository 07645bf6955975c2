import { describe, expect, it } from "vitest";
import { CountMin } from "./count-min.ts";

describe("CountMin", () => {
  it("counts exactly where no keys meet, up to 255", () => {
    const sketch = new CountMin(10);
    const counts = Array.from({ length: 300 }, () => sketch.add("a", 1));
    expect(counts.slice(0, 3)).toEqual([1, 2, 3]);
    expect(counts.at(-1)).toBe(255);
    expect(sketch.add("b", 1)).toBe(1);
  });

  it("never says too little, and little too much, among a hundred thousand keys", () => {
    const sketch = new CountMin(14);
    for (let index = 0; index < 100_000; index += 1) {
      sketch.add(`10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`, 1);
      if (index % 1000 === 0) sketch.add("heavy", 1);
    }
    const heavy = sketch.add("heavy", 1);
    expect(heavy).toBeGreaterThanOrEqual(101);
    expect(heavy).toBeLessThan(101 + 2 * sketch.load);
    expect(sketch.add("new", 1)).toBeLessThan(2 * sketch.load);
    expect(sketch.bytes).toBe(4 * 16_384);
  });

  it("forgets by halves", () => {
    const sketch = new CountMin(10);
    for (let index = 0; index < 9; index += 1) sketch.add("a", 1);
    sketch.halve();
    expect(sketch.load).toBe(4.5 / 1024);
    expect(sketch.add("a", 1)).toBe(5);
  });
});
