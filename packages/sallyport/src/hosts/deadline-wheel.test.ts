import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DeadlineWheel, type Timed } from "./deadline-wheel.ts";

class Entry implements Timed {
  deadline: number;
  readonly ticks: number[] = [];
  #next: (now: number) => number = () => Number.POSITIVE_INFINITY;

  constructor(deadline: number, next?: (now: number) => number) {
    this.deadline = deadline;
    if (next !== undefined) this.#next = next;
  }

  tick(now: number): void {
    this.ticks.push(now);
    this.deadline = this.#next(now);
  }
}

let now = 0;
const advance = (ms: number): void => {
  for (let left = ms; left > 0; left -= 10) {
    now += 10;
    vi.advanceTimersByTime(10);
  }
};

describe("DeadlineWheel", () => {
  beforeEach(() => {
    now = 12_345;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("calls an entry once, not before its deadline and at most two steps after it", () => {
    const wheel = new DeadlineWheel(() => now);
    const entry = new Entry(now + 1000);
    wheel.schedule(entry);
    advance(999);
    expect(entry.ticks).toEqual([]);
    advance(5000);
    expect(entry.ticks).toHaveLength(1);
    expect((entry.ticks[0] ?? 0) - 13_345).toBeLessThanOrEqual(100);
  });

  it("calls an entry whose deadline had passed before the first one was taken in", () => {
    const wheel = new DeadlineWheel(() => now);
    now += 60_000;
    const late = new Entry(now - 10_000);
    wheel.schedule(late);
    advance(200);
    expect(late.ticks).toHaveLength(1);
  });

  it("lets what came while the process stood still be read before it calls anybody", () => {
    const wheel = new DeadlineWheel(() => now);
    const silent = new Entry(now + 1000);
    const answered = new Entry(now + 1000);
    wheel.schedule(silent);
    wheel.schedule(answered);
    now += 5000;
    vi.advanceTimersToNextTimer();
    expect(silent.ticks).toEqual([]);
    answered.deadline = now + 1000;
    vi.advanceTimersToNextTimer();
    expect([silent.ticks, answered.ticks]).toEqual([[now], []]);
    advance(2000);
    expect([silent.ticks.length, answered.ticks.length]).toEqual([1, 1]);
  });

  it("calls an entry that was due just before a step ended, whatever moment it is taken in", () => {
    for (let offset = 0; offset < 120; offset++) {
      const wheel = new DeadlineWheel(() => now);
      now += 1000 + offset;
      const entry = new Entry(now);
      now += 51;
      wheel.schedule(entry);
      advance(200);
      expect({ offset, ticks: entry.ticks.length }).toEqual({ offset, ticks: 1 });
    }
  });

  it("goes on calling an entry that sets itself a new deadline", () => {
    const wheel = new DeadlineWheel(() => now);
    const entry = new Entry(now + 100, (at) => at + 300);
    wheel.schedule(entry);
    advance(3000);
    expect(entry.ticks.length).toBeGreaterThanOrEqual(7);
    expect(entry.ticks.length).toBeLessThanOrEqual(10);
  });

  it("finds a deadline that moved later when its old step comes, and one that moved earlier when it is told", () => {
    const wheel = new DeadlineWheel(() => now);
    const later = new Entry(now + 200);
    const earlier = new Entry(now + 60_000);
    wheel.schedule(later);
    wheel.schedule(earlier);
    later.deadline = now + 2000;
    earlier.deadline = now + 300;
    wheel.schedule(earlier);
    advance(1900);
    expect([later.ticks.length, earlier.ticks.length]).toEqual([0, 1]);
    advance(300);
    expect(later.ticks).toHaveLength(1);
  });

  it("never calls an entry that was removed, not even one of the same step", () => {
    const wheel = new DeadlineWheel(() => now);
    const removed = new Entry(now + 100, (at) => at + 100);
    const gone = new Entry(now + 100);
    const remover = new Entry(now + 100);
    remover.tick = () => {
      remover.deadline = Number.POSITIVE_INFINITY;
      wheel.remove(removed);
    };
    for (const entry of [remover, removed, gone]) wheel.schedule(entry);
    wheel.remove(gone);
    advance(1000);
    expect([removed.ticks, gone.ticks]).toEqual([[], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rests without a timer while nothing has a deadline, and wakes again", () => {
    const wheel = new DeadlineWheel(() => now);
    wheel.schedule(new Entry(Number.POSITIVE_INFINITY));
    expect(vi.getTimerCount()).toBe(0);
    const entry = new Entry(now + 100);
    wheel.schedule(entry);
    expect(vi.getTimerCount()).toBe(1);
    advance(300);
    expect(vi.getTimerCount()).toBe(0);
    now += 100_000;
    entry.deadline = now + 100;
    wheel.schedule(entry);
    advance(300);
    expect(entry.ticks).toHaveLength(2);
  });

  it("catches up after a pause of the whole process", () => {
    const wheel = new DeadlineWheel(() => now);
    const entries = [100, 5000, 50_000].map((ms) => new Entry(now + ms));
    for (const entry of entries) wheel.schedule(entry);
    now += 60_000;
    vi.advanceTimersByTime(51);
    expect(entries.map(({ ticks }) => ticks.length)).toEqual([1, 1, 1]);
  });
});
