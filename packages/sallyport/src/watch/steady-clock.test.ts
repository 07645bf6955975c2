import { describe, expect, it } from "vitest";
import { SteadyClock } from "./steady-clock.ts";

describe("SteadyClock", () => {
  it("goes with the wall clock, from 0", () => {
    const clock = new SteadyClock();
    expect([1e12, 1e12 + 5, 1e12 + 1005].map((at) => clock.at(at))).toEqual([0, 5, 1005]);
  });

  it("stands still while the wall clock steps back, and goes on from there", () => {
    const clock = new SteadyClock();
    expect([1e12, 1e12 + 10, 5, 8].map((at) => clock.at(at))).toEqual([0, 10, 10, 13]);
  });

  it("takes a step far forwards for an hour", () => {
    const clock = new SteadyClock();
    expect([1e12, 4e12, 4e12 + 1].map((at) => clock.at(at))).toEqual([0, 3_600_000, 3_600_001]);
  });

  it("takes what is no time for no step", () => {
    const clock = new SteadyClock();
    expect([1, Number.NaN, Number.POSITIVE_INFINITY, 3].map((at) => clock.at(at))).toEqual([0, 0, 0, 2]);
  });
});
