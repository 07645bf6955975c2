import { describe, expect, it } from "vitest";
import { Voices } from "./voices.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LIMITS = { floor: 10, deviations: 4, times: 4 };

/** Voices heard in two hours: of so many callers, about a hundred each. */
function heard(callers: number, limits = LIMITS): Voices {
  const voices = new Voices(limits, { learnMs: HOUR }, 0);
  for (let caller = 0; caller < callers; caller += 1)
    voices.hear(50 + (caller % 10) * 10, (caller * 2 * HOUR) / callers);
  return voices;
}

describe("Voices", () => {
  it("knows nothing before it has learnt for its time, and from few", () => {
    const early = new Voices(LIMITS, { learnMs: HOUR }, 0);
    for (let caller = 0; caller < 100; caller += 1) early.hear(caller, caller * 1000);
    expect(early.limit(HOUR / 2)).toBe(Number.POSITIVE_INFINITY);
    expect(heard(29).limit(2 * HOUR)).toBe(Number.POSITIVE_INFINITY);
    const known = heard(30);
    expect([known.isLearnt(2 * HOUR), known.samples]).toEqual([true, 30]);
    expect(known.limit(2 * HOUR)).toBeLessThan(10_000);
  });

  it("is some times what nearly all stay below, and no less than its floor", () => {
    const voices = heard(200);
    const limit = voices.limit(3 * HOUR);
    expect(limit).toBeGreaterThan(4 * 120);
    expect(limit).toBeLessThan(4 * 180);
    expect(voices.usual).toBeGreaterThan(70);
    expect(voices.usual).toBeLessThan(120);
    expect(heard(200, { ...LIMITS, floor: 5000 }).limit(3 * HOUR)).toBe(5000);
  });

  it("reaches further where callers differ more", () => {
    const voices = new Voices(LIMITS, { learnMs: HOUR }, 0);
    for (let caller = 0; caller < 200; caller += 1) voices.hear(10 ** (caller % 4), caller * 60_000);
    expect(voices.limit(4 * HOUR)).toBeGreaterThan(10_000);
  });

  it("is not taught by fewer than a twentieth of its callers", () => {
    const voices = heard(200);
    const before = voices.limit(2 * HOUR);
    for (let caller = 0; caller < 8; caller += 1) voices.hear(1_000_000, 2 * HOUR + 1000 * (caller + 1));
    expect(voices.limit(3 * HOUR)).toBe(before);
  });

  it("lets go of what only those said who were there while it learnt, and have gone", () => {
    const voices = new Voices(LIMITS, { learnMs: HOUR }, 0);
    for (let teacher = 0; teacher < 60; teacher += 1) voices.hear(100_000, HOUR);
    expect(voices.limit(2 * HOUR)).toBeGreaterThan(100_000);
    for (let caller = 0; caller < 40; caller += 1) voices.hear(100, 9 * HOUR + caller * 60_000);
    expect(voices.limit(11 * HOUR)).toBeLessThan(1000);
    // Of a quiet night nothing is known but what has long been usual.
    expect(voices.limit(40 * HOUR)).toBeGreaterThan(1000);
  });

  it("follows a route that changes, by and by", () => {
    const voices = heard(200);
    for (let day = 1; day < 30; day += 1)
      for (let caller = 0; caller < 200; caller += 1) voices.hear(2000, day * DAY + caller * 60_000);
    expect(voices.limit(30 * DAY)).toBeGreaterThan(4000);
  });
});
