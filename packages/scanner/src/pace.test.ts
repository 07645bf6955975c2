import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

describe("Pace", () => {
  it("lets a second's worth through at once, and then comes at its rate", () => {
    let now = 0;
    const pace = new Pace({ perSecond: 10, connections: 100, totalMs: 10_000 }, () => now);
    expect(Array.from({ length: 12 }, () => Math.round(pace.reserve()))).toEqual([
      ...Array.from({ length: 10 }, () => 0),
      100,
      200,
    ]);
    now = 5000;
    expect(pace.reserve()).toBe(0);
    expect(pace.taken).toBe(13);
  });

  it("ends with the budget of connections, and with the time", () => {
    let now = 0;
    const pace = new Pace({ perSecond: 10, connections: 1, totalMs: 1000 }, () => now);
    pace.reserve();
    expect(() => pace.reserve()).toThrow("the budget of 1 connections is used up");
    now = 1000;
    expect(() => new Pace({ perSecond: 1, connections: 9, totalMs: 0 }, () => now).reserve()).toThrow(
      "the time of 0 s is used up",
    );
    expect(pace.leftMs).toBe(0);
  });
});
