import { describe, expect, it } from "vitest";
import { servicesOf } from "../../test/watch-fixture.ts";
import { RouteBaselines } from "./route-baselines.ts";

const limits = { floor: 1, deviations: 6, times: 4 };
const make = (): RouteBaselines<"a" | "b"> =>
  new RouteBaselines(["a", "b"], { a: limits, b: limits }, servicesOf({ learnMs: 10 }).services);

describe("RouteBaselines", () => {
  it("has baselines of each route, and says which is learnt: when all its measures are", () => {
    const baselines = make();
    for (let index = 0; index < 100; index += 1) {
      baselines.of("/x", 0)?.a.learn(1, `u${index}`, 0);
      if (index < 99) baselines.of("/y", 0)?.a.learn(1, `u${index}`, 0);
      baselines.of("/x", 0)?.b.learn(1, `u${index}`, 0);
    }
    expect(baselines.learning(20)).toMatchObject([
      { route: "/x", learnt: true },
      { route: "/y", learnt: false, samples: 0 },
    ]);
  });

  it("knows a bounded number of routes", () => {
    const baselines = make();
    const found = Array.from({ length: 300 }, (_, index) => baselines.of(`/${index}`, 0));
    expect(baselines.size).toBe(256);
    expect(found.at(-1)).toBeNull();
  });
});
