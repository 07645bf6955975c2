import { describe, expect, it } from "vitest";

import { NOON } from "../../test/journal-fixture.ts";
import { RetentionClock } from "./retention-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Two clocks that a test turns. */
class TestClocks {
  now = NOON;
  awake = 1000;
  readonly wall = (): number => this.now;
  readonly steady = (): number => this.awake;

  /** Time passes. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.awake += milliseconds;
  }
}

describe("RetentionClock", () => {
  it("goes with the wall clock, also where that is corrected, or set back", () => {
    const clocks = new TestClocks();
    const clock = new RetentionClock(clocks, []);
    for (const correction of [0, 500, -500, 59 * MINUTE, -DAY, 0]) {
      clocks.pass(MINUTE);
      clocks.now += correction;
      expect(clock.look()).toEqual({ believed: clocks.now, leapt: null });
    }
  });

  it("goes on by the steady clock where the wall clock leaps ahead, for an hour, and says so once", () => {
    const clocks = new TestClocks();
    const clock = new RetentionClock(clocks, []);
    clocks.now += YEAR;
    expect(clock.look()).toEqual({ believed: NOON, leapt: YEAR });
    clocks.pass(59 * MINUTE);
    expect(clock.look()).toEqual({ believed: NOON + 59 * MINUTE, leapt: null });
    clocks.pass(MINUTE);
    expect(clock.look()).toEqual({ believed: NOON + YEAR + HOUR, leapt: null });
  });

  it("believes a clock at once that is set back to where it was", () => {
    const clocks = new TestClocks();
    const clock = new RetentionClock(clocks, []);
    clocks.now += YEAR;
    clock.look();
    clocks.pass(MINUTE);
    clocks.now -= YEAR;
    expect(clock.look()).toEqual({ believed: NOON + MINUTE, leapt: null });
    clocks.now += YEAR;
    expect(clock.look()).toEqual({ believed: NOON + MINUTE, leapt: YEAR });
  });

  it("begins the hour anew where it leaps once more", () => {
    const clocks = new TestClocks();
    const clock = new RetentionClock(clocks, []);
    clocks.now += YEAR;
    clock.look();
    clocks.pass(50 * MINUTE);
    clocks.now += YEAR;
    expect(clock.look()).toEqual({ believed: NOON + 50 * MINUTE, leapt: YEAR });
    clocks.pass(50 * MINUTE);
    expect(clock.look()).toEqual({ believed: NOON + 100 * MINUTE, leapt: null });
    clocks.pass(10 * MINUTE);
    expect(clock.look().believed).toBe(clocks.now);
  });

  it("believes a machine that slept an hour after it woke: the steady clock sleeps too", () => {
    const clocks = new TestClocks();
    const clock = new RetentionClock(clocks, []);
    clocks.now += 8 * HOUR;
    expect(clock.look()).toEqual({ believed: NOON, leapt: 8 * HOUR });
    clocks.pass(HOUR);
    expect(clock.look().believed).toBe(clocks.now);
  });

  it("goes on at the start from the newest segment that is older than an hour, and believes the clock an hour later", () => {
    const clocks = new TestClocks();
    const begun = [NOON - 60 * DAY, NOON - 30 * DAY, NOON - MINUTE, NOON + DAY];
    const clock = new RetentionClock(clocks, begun);
    expect(clock.look()).toEqual({ believed: NOON - 30 * DAY, leapt: null });
    clocks.pass(59 * MINUTE);
    expect(clock.look()).toEqual({ believed: NOON - 30 * DAY + 59 * MINUTE, leapt: null });
    clocks.pass(MINUTE);
    expect(clock.look()).toEqual({ believed: NOON + HOUR, leapt: null });
  });

  it("believes the clock at the start where nothing is there by which it could be doubted", () => {
    const clocks = new TestClocks();
    expect(new RetentionClock(clocks, [NOON - MINUTE, NOON + DAY]).look().believed).toBe(NOON);
  });
});
