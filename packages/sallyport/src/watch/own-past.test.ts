import { describe, expect, it } from "vitest";
import { OwnPast } from "./own-past.ts";

const MIB = 1024 ** 2;

function past(...days: readonly number[]): OwnPast {
  const made = new OwnPast();
  for (const day of days) made.learn(day * MIB);
  return made;
}

const times = (made: OwnPast): number => made.limit(1) / made.usual;

describe("OwnPast", () => {
  it("takes the days of somebody for what is usual", () => {
    const made = past(10, 10, 10);
    expect([made.days, Math.round(made.usual / MIB)]).toEqual([3, 10]);
  });

  it("reaches further for whose days differ more, and comes nearer as more of like days are known", () => {
    const alike = [past(10, 10, 10), past(10, 11, 10, 9, 10, 10, 10, 10)].map(times);
    expect(alike[0]).toBeLessThan(9);
    expect(alike[1]).toBeLessThan(6);
    expect(times(past(1, 30, 4, 60, 2, 20, 1))).toBeGreaterThan(20);
  });

  it("is not held to reach further for a day on which somebody hardly was there", () => {
    const [full, short] = [past(10, 10, 10, 10, 10), past(10, 10, 0.1, 10, 10)];
    expect(short.limit(1) / full.limit(1)).toBeLessThan(1.5);
    expect(short.usual / full.usual).toBeGreaterThan(0.8);
  });

  it("is never less than some times what is usual", () => {
    const made = past(...Array.from({ length: 30 }, () => 10));
    expect(made.limit(6) / MIB).toBeCloseTo(60, 0);
  });

  it("follows somebody who does more from now on", () => {
    const made = past(10, 10, 10, ...Array.from({ length: 20 }, () => 40));
    expect(made.usual / MIB).toBeGreaterThan(38);
  });
});
