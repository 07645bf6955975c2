import { describe, expect, it } from "vitest";
import { ToldCallers } from "./told-callers.ts";

describe("ToldCallers", () => {
  it("says how many callers of a route there are once they are more than eight within ten minutes", () => {
    const told = new ToldCallers({ seed: 1 });
    const counts = Array.from({ length: 12 }, (_, index) => told.add("/chat", `u${index}`, index));
    expect(counts.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => null));
    expect(counts.at(-1)).toBeGreaterThan(8);
    expect(told.add("/game", "u1", 12)).toBeNull();
    expect(told.add("/chat", "u1", ToldCallers.withinMs)).toBeNull();
  });

  it("tells a bounded number of routes apart", () => {
    const told = new ToldCallers({ seed: 1 });
    for (let index = 0; index < 1000; index += 1) told.add(`/${index}`, "u", 0);
    expect(told.size).toBe(256);
  });
});
