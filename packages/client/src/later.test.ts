import { beforeEach, describe, expect, it, vi } from "vitest";
import { later } from "./later.ts";

const DAY_MS = 86_400_000;

describe("later", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => void vi.useRealTimers();
  });

  it("acts once, after the time and not before", () => {
    const act = vi.fn<() => void>();
    later(90_000, act, new AbortController().signal);
    vi.advanceTimersByTime(89_999);
    expect(act).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000_000);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("waits longer than a timer can: 30 days (HTML 8.7, 2^31 ms)", () => {
    const act = vi.fn<() => void>();
    later(30 * DAY_MS, act, new AbortController().signal);
    vi.advanceTimersByTime(30 * DAY_MS - 1);
    expect(act).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("counts the time that a machine slept: it acts within a step of waking", () => {
    const act = vi.fn<() => void>();
    later(DAY_MS, act, new AbortController().signal);
    vi.setSystemTime(Date.now() + DAY_MS);
    vi.advanceTimersByTime(30_000);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("waits no longer where the wall clock is set back", () => {
    const act = vi.fn<() => void>();
    later(20_000, act, new AbortController().signal);
    vi.setSystemTime(Date.now() - DAY_MS);
    vi.advanceTimersByTime(20_000);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("does nothing once its signal is aborted, before or after it began, or it was cancelled; and leaves no timer", () => {
    const act = vi.fn<() => void>();
    const controller = new AbortController();
    later(5, act, controller.signal);
    controller.abort();
    later(5, act, controller.signal);
    later(5, act, new AbortController().signal)();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10);
    expect(act).not.toHaveBeenCalled();
  });
});
