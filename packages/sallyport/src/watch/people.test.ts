import { describe, expect, it } from "vitest";
import { People } from "./people.ts";

const DAY = 86_400_000;

function admit(people: People, count: number, now: number): void {
  for (let index = 0; index < count; index += 1) people.admitted(["192.0.2.1", null], `user ${index}`, now);
}

describe("People", () => {
  it("lets more go wrong where more users were admitted, and eight times as much at most", () => {
    const people = new People(16, 1);
    expect(people.factorAt("192.0.2.1")).toBe(1);
    admit(people, 20, 0);
    expect(people.factorAt("192.0.2.1")).toBeGreaterThan(1.7);
    expect(people.factorAt("192.0.2.1")).toBeLessThan(2.3);
    admit(people, 5000, 0);
    expect(people.factorAt("192.0.2.1")).toBe(8);
    expect(people.factorAt("192.0.2.2")).toBe(1);
  });

  it("remembers the day before, and no longer", () => {
    const people = new People(16, 1);
    admit(people, 40, 0);
    const before = people.factorAt("192.0.2.1");
    admit(people, 1, DAY);
    expect(people.factorAt("192.0.2.1")).toBe(before);
    admit(people, 1, 4 * DAY);
    expect(people.factorAt("192.0.2.1")).toBeLessThan(1.1);
  });

  it("knows a bounded number of places", () => {
    const people = new People(16, 1);
    for (let index = 0; index < 100; index += 1) people.admitted([`10.0.0.${index}`], "ann", index);
    expect(people.size).toBe(16);
  });
});
