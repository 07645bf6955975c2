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

  const limits = { perMinute: 10, perHour: 100, perDay: 1000 };
  /** Adds so many, one a millisecond; what was reached. */
  const run = (tally: Tally, [from, count]: readonly [number, number], isOwn: boolean) =>
    Array.from({ length: count }, (_, index) => {
      tally.add(from + index, 1, isOwn);
      return tally.reached(limits, 1, from + index);
    }).filter((reached) => reached !== null);

  it("is held to what was its own alone, once", () => {
    const tally = new Tally();
    expect(run(tally, [0, 10], true)).toMatchObject([{ count: 10, limit: 10, isOwn: true }]);
    expect(run(tally, [10, 10], false)).toMatchObject([{ count: 10, isOwn: false }]);
  });

  it("is not held to what it did an hour ago, when others add to it", () => {
    const tally = new Tally();
    expect(run(tally, [0, 9], true)).toEqual([]);
    expect(run(tally, [3_600_000, 30], false).map(({ isOwn }) => isOwn)).toEqual([false, false, false]);
  });

  it("is held to its own though it mixes in what others could have caused", () => {
    const tally = new Tally();
    const reached = [0, 100, 200].flatMap((from) =>
      run(tally, [from, 2], false).concat(run(tally, [from + 50, 8], true)),
    );
    expect(reached.map(({ isOwn }) => isOwn)).toContain(true);
  });

  it("goes on from what was counted before", () => {
    const tally = new Tally();
    tally.inherit(7, 0);
    expect(tally.suspicion).toBe(7);
  });
});
