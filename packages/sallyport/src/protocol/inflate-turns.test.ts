import { describe, expect, it } from "vitest";
import { INFLATED_PER_TURN, InflateTurns } from "./inflate-turns.ts";

/** Turns that are taken by hand. */
function byHand(): {
  readonly turns: InflateTurns;
  readonly planned: () => number;
  readonly next: () => void;
} {
  const planned: (() => void)[] = [];
  const turns = new InflateTurns((run) => planned.push(run));
  return { turns, planned: () => planned.length, next: () => planned.shift()?.() };
}

describe("InflateTurns", () => {
  it("is over when a turn has inflated as much as it may, and plans one other", () => {
    const { turns, planned, next } = byHand();
    turns.spend(INFLATED_PER_TURN - 1);
    expect([turns.over, planned()]).toEqual([false, 0]);
    turns.spend(5);
    turns.spend(1);
    expect([turns.over, planned()]).toEqual([true, 1]);
    next();
    expect([turns.over, planned()]).toEqual([false, 0]);
  });

  it("lets those that wait go on in their order, as many in a turn as it has bytes for", () => {
    const { turns, planned, next } = byHand();
    const went: number[] = [];
    const goOn = (index: number) => (): void => {
      went.push(index);
      turns.spend(INFLATED_PER_TURN / 2);
    };
    turns.spend(INFLATED_PER_TURN);
    for (const index of [1, 2, 3, 4, 5]) turns.wait(goOn(index));
    const perTurn = [0, 1, 2].map(() => {
      const before = went.length;
      next();
      return went.length - before;
    });
    expect([perTurn, went, planned()]).toEqual([[2, 2, 1], [1, 2, 3, 4, 5], 0]);
  });

  it("lets nobody go before those that wait, but those that are asked", () => {
    const { turns, next } = byHand();
    const seen: boolean[] = [];
    turns.wait(() => void seen.push(turns.over));
    expect(turns.over).toBe(true);
    next();
    expect([seen, turns.over]).toEqual([[false], false]);
  });

  it("goes on with the others where one throws", () => {
    const { turns, next } = byHand();
    let went = false;
    turns.wait(() => {
      throw new TypeError("a test");
    });
    turns.wait(() => (went = true));
    expect(next).toThrow("a test");
    next();
    expect(went).toBe(true);
  });
});
