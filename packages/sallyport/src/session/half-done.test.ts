import { describe, expect, it } from "vitest";
import { excuse, halfDoneSince, overdue, type HalfDone } from "./half-done.ts";

const half = (frameSince: number | null, messageSince: number | null): HalfDone => ({
  frameSince,
  messageSince,
});

describe("halfDoneSince", () => {
  it("is the older of both, and never where nothing is half done", () => {
    expect(halfDoneSince(half(5, 3))).toBe(3);
    expect(halfDoneSince(half(5, null))).toBe(5);
    expect(halfDoneSince(half(null, null))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("excuse", () => {
  it("takes away the time in which the gate did not read, and no more than there was", () => {
    const both = half(100, 250);
    excuse(both, 200, 300);
    expect(both).toEqual(half(200, 300));
    const none = half(null, null);
    excuse(none, 200, 300);
    expect(none).toEqual(half(null, null));
  });
});

describe("overdue", () => {
  it("says what is not done once the time is over, and begins again", () => {
    const frame = half(0, 500);
    expect(overdue(frame, 1000, 999)).toBeNull();
    expect(overdue(frame, 1000, 1000)).toBe("a frame is unfinished after 1000 ms");
    expect(frame).toEqual(half(1000, 1000));
    const message = half(null, 0);
    expect(overdue(message, 1000, 1500)).toBe("nothing more of a message has come for 1500 ms");
    expect(message).toEqual(half(null, 1500));
  });
});
