import { describe, expect, it, vi } from "vitest";
import { watchLoopDelay } from "./loop-delay.ts";

describe("watchLoopDelay", () => {
  it("tells how much later than asked for its timer was called, and stops", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    try {
      const delays: number[] = [];
      const stop = watchLoopDelay((seconds) => void delays.push(seconds));
      vi.advanceTimersByTime(200);
      const now = performance.now();
      vi.spyOn(performance, "now").mockReturnValueOnce(now + 350);
      vi.advanceTimersByTime(100);
      stop();
      vi.advanceTimersByTime(1000);
      expect(delays).toEqual([0, 0, 0.25]);
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
  });
});
