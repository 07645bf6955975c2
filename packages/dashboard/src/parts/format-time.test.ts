import { describe, expect, it } from "vitest";

import { formatClock, formatMoment, formatUtc } from "./format-time.ts";

const at = new Date(2026, 10, 30, 14, 3, 22).getTime();

describe("formatMoment", () => {
  it("says no more of the date than is needed, in the viewer's zone", () => {
    expect(formatMoment(at, at + 1000)).toBe("14:03:22");
    expect(formatMoment(at, at + 86_400_000)).toBe("30 Nov 14:03:22");
    expect(formatMoment(at, at + 366 * 86_400_000)).toBe("30 Nov 2026 14:03:22");
  });
});

describe("formatClock", () => {
  it("is the time of the day", () => expect(formatClock(at)).toBe("14:03:22"));
});

describe("formatUtc", () => {
  it("is exact, and bears what is no moment", () => {
    expect(formatUtc(Date.UTC(2026, 10, 30, 14, 3, 22, 120))).toBe("2026-11-30 14:03:22.120 UTC");
    expect(formatUtc(Number.NaN)).toBe("no moment");
    expect(formatUtc(9e15)).toBe("no moment");
  });
});
