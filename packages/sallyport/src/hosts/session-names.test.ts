import { describe, expect, it } from "vitest";
import { RouteNames, SessionNames } from "./session-names.ts";

function setUp(): { names: SessionNames; told: string[]; routes: RouteNames; clock: { now: number } } {
  const told: string[] = [];
  const clock = { now: 0 };
  const routes = new RouteNames();
  const names = new SessionNames(routes, "/chat", {
    now: () => clock.now,
    onNew: (direction, name) => told.push(`${direction} ${name}`),
  });
  return { names, told, routes, clock };
}

describe("SessionNames", () => {
  it("tells a name once on each route and in each direction, whoever says it", () => {
    const { names, told, routes } = setUp();
    names.saw("inbound", "join");
    names.saw("inbound", "join");
    names.saw("outbound", "join");
    const other = new SessionNames(routes, "/chat", { now: () => 0, onNew: () => told.push("again") });
    other.saw("inbound", "join");
    names.follow("/game");
    names.saw("inbound", "join");
    expect(told).toEqual(["inbound join", "outbound join", "inbound join"]);
  });

  it("remembers 4,096 of each, and tells one more a second beyond that", () => {
    const { names, told, clock } = setUp();
    for (let index = 0; index < 4096; index++) names.saw("inbound", `n${index}`);
    expect(told).toHaveLength(4096);
    for (let index = 0; index < 1000; index++) names.saw("inbound", `beyond${index}`);
    expect(told).toHaveLength(4097);
    clock.now = 1000;
    names.saw("inbound", "beyond0");
    names.saw("inbound", "n0");
    expect(told).toHaveLength(4098);
  });

  it("cuts what is too long for a name", () => {
    const { names, told } = setUp();
    names.saw("inbound", "a".repeat(300));
    names.saw("inbound", `${"a".repeat(256)}b`);
    expect(told).toEqual([`inbound ${"a".repeat(256)}`]);
  });
});
