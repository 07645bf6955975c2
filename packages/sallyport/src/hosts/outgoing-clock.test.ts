import { describe, expect, it } from "vitest";
import { systemClock } from "./outgoing-clock.ts";

describe("systemClock", () => {
  it("does not call back at once what is to wait for months (Node: `setTimeout`, 2^31 - 1 ms)", async () => {
    let called = 0;
    const callOff = systemClock.setTimer(() => (called += 1), 2 ** 40);
    // One that came at once would have come before this one.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 5);
    });
    callOff();
    expect(called).toBe(0);
  });

  it("calls back once, unless it is called off", async () => {
    const calls: string[] = [];
    const callOff = systemClock.setTimer(() => calls.push("called off"), 1);
    callOff();
    await new Promise<void>((resolve) => {
      systemClock.setTimer(() => calls.push("called"), 1);
      setTimeout(resolve, 5);
    });
    expect(calls).toEqual(["called"]);
  });
});
