import { describe, expect, it } from "vitest";
import { countLimits, Counts, type CountLimits } from "./counts.ts";

const MINUTE = 60_000;
const limits: CountLimits = { perMinute: 10, perHour: 30, perDay: 50 };

/** Adds one at every step; the times and counts at which a limit was reached. */
function run(stepMs: number, times: number, factor = 1): string[] {
  const counts = new Counts();
  const told: string[] = [];
  for (let index = 0; index < times; index += 1) {
    counts.add(index * stepMs);
    const reached = counts.reached(limits, factor, index * stepMs);
    if (reached !== null)
      told.push(`${index + 1}: ${reached.count} of ${reached.limit} in ${reached.withinMs}`);
  }
  return told;
}

describe("Counts", () => {
  it("reaches the limit of a minute, and begins anew", () => {
    expect(run(1000, 20)).toEqual(["10: 10 of 10 in 9000", "20: 10 of 10 in 9000"]);
  });

  it("meets by the limit of an hour who stays below that of a minute", () => {
    expect(run(MINUTE / 9, 31)).toEqual(
      ["30: 30 of 30 in 193333.33333333337"].map((text) => expect.stringContaining(text.slice(0, 15))),
    );
  });

  it("meets by the limit of a day who stays below that of an hour", () => {
    expect(run(3 * MINUTE, 51).map((text) => text.slice(0, 16))).toEqual(["50: 50 of 50 in "]);
  });

  it("lets pass who stays below all of them", () => {
    expect(run(30 * MINUTE, 500)).toEqual([]);
  });

  it("lets pass more where many are at home", () => {
    expect(run(1000, 20, 1.95)).toEqual(["20: 20 of 20 in 19000"]);
  });

  it("says when a day begins, and how many there are today", () => {
    const counts = new Counts();
    expect([counts.add(0), counts.add(1, 0.5), counts.today]).toEqual([true, false, 1.5]);
    expect([counts.add(24 * 60 * MINUTE), counts.today]).toEqual([true, 1]);
  });

  it("goes on from what was counted before", () => {
    const counts = new Counts();
    counts.inherit(29, 5);
    counts.add(10);
    expect(counts.reached(limits, 1, 10)).toEqual({ count: 30, withinMs: 5, limit: 30 });
  });
});

describe("countLimits", () => {
  it("has its defaults, refuses zero, fractions and unknown keys", () => {
    const option = countLimits("refusals", limits);
    expect(option.parse(undefined)).toEqual(limits);
    expect(option.parse({ perHour: 7 })).toEqual({ ...limits, perHour: 7 });
    for (const wrong of [{ perHour: 0 }, { perDay: 1.5 }, { perWeek: 1 }])
      expect(option.safeParse(wrong).success).toBe(false);
  });
});
