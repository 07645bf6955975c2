import { beforeEach, describe, expect, it, vi } from "vitest";
import { LooseBeat } from "./loose-beat.ts";

/** When each was done in so many milliseconds, since now. */
function doneIn(beat: LooseBeat, within: number, intervals: readonly number[]): readonly number[][] {
  const begun = performance.now();
  const done = intervals.map((ms) => {
    const times: number[] = [];
    beat.every(ms, () => void times.push(Math.round(performance.now() - begun)));
    return times;
  });
  vi.advanceTimersByTime(within);
  return done;
}

describe("LooseBeat", () => {
  beforeEach(() => void vi.useFakeTimers());

  it("does each thing once in its interval, and those together that fall together", () => {
    expect(doneIn(new LooseBeat(), 1000, [250, 500, 1000])).toEqual([
      [250, 500, 750, 1000],
      [500, 1000],
      [1000],
    ]);
  });

  it("does what is due within a fifth of its interval with what is due now, and both together from then on", () => {
    const beat = new LooseBeat();
    beat.every(250, () => {});
    vi.advanceTimersByTime(100);
    expect(doneIn(beat, 3000, [1000])).toEqual([[900, 1900, 2900]]);
  });

  it("does nothing more than 200 ms sooner", () => {
    const beat = new LooseBeat();
    beat.every(1000, () => {});
    vi.advanceTimersByTime(700);
    // At 9,300 of its ten seconds the other one is done.
    expect(doneIn(beat, 10_300, [10_000])).toEqual([[10_000]]);
  });

  it("is woken for what is due before all others, however late it is added", () => {
    const beat = new LooseBeat();
    beat.every(1000, () => {});
    expect(doneIn(beat, 250, [100])).toEqual([[100, 200]]);
  });

  it("does no more what was stopped, though it was due with what stopped it", () => {
    const beat = new LooseBeat();
    const other = vi.fn<() => void>();
    let stopOther: (() => void) | null = null;
    const stop = beat.every(100, () => {
      stopOther?.();
      stop();
    });
    stopOther = beat.every(100, other);
    vi.advanceTimersByTime(1000);
    expect([other.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it("does nothing after it has ended, and leaves no timer", () => {
    const beat = new LooseBeat();
    const task = vi.fn<() => void>();
    beat.every(100, task);
    beat.stop();
    beat.stop();
    beat.every(100, task);
    vi.advanceTimersByTime(1000);
    expect([task.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
