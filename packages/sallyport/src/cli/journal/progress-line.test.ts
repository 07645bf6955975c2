import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ProgressLine } from "./progress-line.ts";

describe("ProgressLine", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("is written over, not more often than a person sees, and goes before anything else is written", () => {
    let err = "";
    const line = new ProgressLine({ err: (text) => void (err += text), isWatched: true });
    line.show(() => "too soon");
    vi.advanceTimersByTime(250);
    line.show(() => "1 of 3");
    line.show(() => "too soon");
    vi.advanceTimersByTime(250);
    line.show(() => "2 of 3");
    line.clear();
    line.clear();
    expect(err).toBe("\r\u001b[K1 of 3\r\u001b[K2 of 3\r\u001b[K");
  });

  it("is nothing where nobody watches", () => {
    let err = "";
    const line = new ProgressLine({ err: (text) => void (err += text) });
    vi.advanceTimersByTime(1000);
    line.show(() => "1 of 3");
    line.clear();
    expect(err).toBe("");
  });
});
