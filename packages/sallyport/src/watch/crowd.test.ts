import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, servicesOf } from "../../test/watch-fixture.ts";
import { Crowd, crowdOption, type CrowdFound } from "./crowd.ts";

const make = (): Crowd => new Crowd({ perMinute: 10, addresses: 5 }, servicesOf().services);

/** Adds so many, one after the other, from as many subnets. */
function add(crowd: Crowd, count: number, at: { from: number; stepMs: number }): (CrowdFound | null)[] {
  return Array.from({ length: count }, (_, index) =>
    crowd.add("/chat", `10.${index % 200}.0.0/24`, at.from + index * at.stepMs),
  ).filter((found) => found !== null);
}

describe("Crowd", () => {
  it("finds ten times its floor while a route is not learnt, once in a window", () => {
    expect(add(make(), 100, { from: 0, stepMs: 10 })).toEqual([]);
    expect(add(make(), 140, { from: 0, stepMs: 10 })).toMatchObject([
      { count: 101, withinMs: 1000, limit: 100 },
    ]);
  });

  it("finds far more than is usual once it is learnt, and takes quiet minutes into account", () => {
    const crowd = make();
    add(crowd, 200, { from: 0, stepMs: MINUTE });
    expect(add(crowd, 12, { from: 4 * HOUR, stepMs: 10 })).toMatchObject([
      { count: 11, usual: expect.any(Number) },
    ]);
  });

  it("is not taught by an attack to expect it", () => {
    const crowd = make();
    add(crowd, 200, { from: 0, stepMs: MINUTE });
    const told = Array.from({ length: 200 }, (_, minute) =>
      add(crowd, 59, { from: 4 * HOUR + minute * MINUTE, stepMs: 1000 }),
    );
    expect(told.slice(-10).flat().length).toBeGreaterThanOrEqual(10);
  });

  it("finds within an hour what is too little for a minute", () => {
    const found = add(make(), 900, { from: 0, stepMs: 3700 });
    expect(found).toMatchObject([{ count: 801 }]);
  });

  it("leaves few addresses to those who look at addresses", () => {
    const crowd = make();
    for (let index = 0; index < 1000; index += 1) expect(crowd.add("/chat", "10.0.0.0/24", index)).toBeNull();
  });

  it("knows a bounded number of routes", () => {
    const crowd = make();
    for (let index = 0; index < 300; index += 1) crowd.add(`/${index}`, "10.0.0.0/24", DAY);
    expect(crowd.size).toBe(256);
  });
});

describe("crowdOption", () => {
  it("has its defaults, and refuses zero", () => {
    expect(crowdOption("refusals", 7).parse(undefined)).toEqual({ perMinute: 7, addresses: 20 });
    expect(crowdOption("refusals", 7).safeParse({ perMinute: 0 }).success).toBe(false);
  });
});
