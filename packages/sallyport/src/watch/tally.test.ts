import { describe, expect, it } from "vitest";
import { Tally } from "./tally.ts";

const DAY = 86_400_000;

describe("Tally", () => {
  it("keeps kinds and places for a day", () => {
    const tally = new Tally();
    tally.add(0, 1);
    tally.kinds.add("a", 1);
    tally.places.add("b", 1);
    tally.add(1, 1);
    expect([tally.kinds.count, tally.places.count, tally.suspicion]).toEqual([1, 1, 2]);
    tally.add(DAY, 1);
    expect([tally.kinds.count, tally.places.count, tally.suspicion]).toEqual([0, 0, 1]);
  });

  it("is held to what was its own alone, once", () => {
    const tally = new Tally();
    tally.own = 9;
    expect(tally.answersFor(10)).toBe(true);
    expect(tally.answersFor(10)).toBe(false);
  });

  it("goes on from what was counted before", () => {
    const tally = new Tally();
    tally.inherit(7, 0);
    expect(tally.suspicion).toBe(7);
  });
});
