import { describe, expect, it } from "vitest";
import { ManualOutgoingClock } from "../../test/manual-outgoing-clock.ts";
import { OutgoingWaits } from "./outgoing-waits.ts";

/** Waits on a clock of the test's, and what was over, in its order. */
function waiting(): {
  readonly clock: ManualOutgoingClock;
  readonly waits: OutgoingWaits;
  readonly over: string[];
  note(name: string, wait: Promise<void>): void;
} {
  const clock = new ManualOutgoingClock(0);
  const over: string[] = [];
  const note = (name: string, wait: Promise<void>): void =>
    void wait.then(() => over.push(`${name} ${clock.now}`));
  return { clock, waits: new OutgoingWaits(clock.lent), over, note };
}

describe("OutgoingWaits", () => {
  it("waits as long as it is told, whether there is more or not", async () => {
    const { clock, waits, over, note } = waiting();
    note("pause", waits.forMs(1000));
    waits.wake();
    await clock.pass(999);
    expect(over).toEqual([]);
    await clock.pass(1);
    expect(over).toEqual(["pause 1000"]);
  });

  it("ends a wait for more when there is more, and when its time is over", async () => {
    const { clock, waits, over, note } = waiting();
    note("first", waits.forMore(1000));
    await clock.pass(300);
    waits.wake();
    await clock.settle();
    note("second", waits.forMore(1000));
    await clock.pass(2000);
    waits.wake();
    expect(over).toEqual(["first 300", "second 1300"]);
  });

  it("ends the wait of now and every one to come when the gate ends", async () => {
    const { clock, waits, over, note } = waiting();
    note("now", waits.forMs(1000));
    expect(waits.ended).toBe(false);
    waits.end();
    note("later", waits.forMore(1000));
    await clock.settle();
    expect(waits.ended).toBe(true);
    expect(over).toEqual(["now 0", "later 0"]);
  });

  it("waits for work, and no longer than it may", async () => {
    const { clock, waits, over, note } = waiting();
    note("nothing", waits.within(1000, null));
    note("done", waits.within(1000, Promise.resolve()));
    note("late", waits.within(1000, new Promise(() => {})));
    await clock.settle();
    await clock.pass(5000);
    expect(over).toEqual(["nothing 0", "done 0", "late 1000"]);
  });
});
