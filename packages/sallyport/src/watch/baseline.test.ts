import { describe, expect, it } from "vitest";
import { Baseline } from "./baseline.ts";

const HOUR = 3_600_000;
const STEP = 1000;
const make = (): Baseline =>
  new Baseline({ floor: 1, deviations: 6, times: 4 }, { learnMs: HOUR, seed: 3 }, 0);

/** Lets a crowd send around 100, and returns when it ended. */
function teach(baseline: Baseline, from: number, until: number): void {
  for (let now = from; now < until; now += STEP)
    baseline.learn(80 + ((now / STEP) % 40), `user-${(now / STEP) % 97}`, now);
}

describe("Baseline", () => {
  it("says nothing before it has learnt for long enough, and from enough values", () => {
    const baseline = make();
    teach(baseline, 0, HOUR - STEP);
    expect([baseline.isLearnt(HOUR - 1), baseline.limit(HOUR - 1), baseline.far(HOUR - 1)]).toEqual([
      false,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(baseline.isLearnt(HOUR)).toBe(true);
    expect(make().isLearnt(HOUR)).toBe(false);
  });

  it("knows what is usual, and how far is too far", () => {
    const baseline = make();
    teach(baseline, 0, 2 * HOUR);
    expect(baseline.far(2 * HOUR)).toBeGreaterThan(110);
    const limit = baseline.limit(2 * HOUR + 2000);
    expect(limit).toBeGreaterThan(300);
    expect(limit).toBeLessThan(700);
    expect(baseline.usual).toBeGreaterThan(80);
    expect(baseline.usual).toBeLessThan(120);
    expect(baseline.samples).toBeGreaterThan(1000);
  });

  it("is not taught by one who sends much during learning, however often (poisoning)", () => {
    const honest = make();
    const poisoned = make();
    teach(honest, 0, 2 * HOUR);
    for (let now = 0; now < 2 * HOUR; now += STEP) {
      teach(poisoned, now, now + STEP);
      for (let index = 0; index < 5; index += 1) poisoned.learn(1e9, "mallory", now);
    }
    expect(poisoned.limit(2 * HOUR)).toBeLessThan(honest.limit(2 * HOUR) * 1.5);
  });

  it("moves slowly once it has learnt: what is too much counts as the most that is usual", () => {
    const baseline = make();
    teach(baseline, 0, 2 * HOUR);
    const before = baseline.limit(2 * HOUR);
    for (let now = 2 * HOUR; now < 3 * HOUR; now += STEP) {
      teach(baseline, now, now + STEP);
      baseline.learn(1e12, `bot-${(now / STEP) % 3}`, now);
    }
    expect(baseline.limit(3 * HOUR)).toBeLessThan(before * 5);
  });

  it("has a floor", () => {
    const baseline = new Baseline({ floor: 5000, deviations: 6, times: 4 }, { learnMs: HOUR, seed: 3 }, 0);
    teach(baseline, 0, 2 * HOUR);
    expect(baseline.limit(2 * HOUR)).toBe(5000);
  });
});
