import { describe, expect, it, vi } from "vitest";
import { drawWait, parseRetryAfter } from "./backoff.ts";

const backoff = { firstMs: 1000, longestMs: 30_000 };

describe("drawWait", () => {
  it("draws from the whole of a window that doubles, up to the longest", () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    expect([0, 1, 4, 5, 2000].map((attempt) => drawWait(backoff, attempt))).toEqual([
      1000, 2000, 16_000, 30_000, 30_000,
    ]);
    vi.spyOn(Math, "random").mockReturnValue(0);
    expect(drawWait(backoff, 7)).toBe(0);
  });

  it("draws from behind what Retry-After asks for, so that not all come in that moment", () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    expect(drawWait(backoff, 0, 5000)).toBe(5500);
  });
});

describe("parseRetryAfter", () => {
  it("reads seconds and dates (RFC 9110 10.2.3)", () => {
    const now = Date.parse("2026-11-29T12:00:00Z");
    expect(parseRetryAfter("7", now)).toBe(7000);
    expect(parseRetryAfter("Sun, 29 Nov 2026 12:01:00 GMT", now)).toBe(60_000);
  });

  it.each([null, "", "soon", "-5", "1.5e", "Sun, 29 Nov 2020 12:01:00 GMT", "0"])(
    "reads nothing from %j",
    (value) => {
      expect(parseRetryAfter(value, Date.parse("2026-11-29T12:00:00Z"))).toBe(0);
    },
  );
});
