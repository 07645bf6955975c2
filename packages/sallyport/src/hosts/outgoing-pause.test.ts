import { describe, expect, it } from "vitest";
import { outgoingPause } from "./outgoing-pause.ts";

const refused = { kind: "refused", status: 503, again: true, retryAfterMs: null } as const;

describe("outgoingPause", () => {
  it("is half of the wait at least, and the rest by chance", () => {
    expect([0, 0.5, 1].map((chance) => outgoingPause(refused, 1000, () => chance))).toEqual([500, 750, 1000]);
    expect(outgoingPause({ kind: "unanswered", why: "" }, 1000, () => 1)).toBe(1000);
  });

  it("is what the other side asks for where that is longer (RFC 9110 10.2.3)", () => {
    expect(outgoingPause({ ...refused, retryAfterMs: 7000 }, 1000, () => 1)).toBe(7000);
    expect(outgoingPause({ ...refused, retryAfterMs: 10 }, 1000, () => 1)).toBe(1000);
  });

  it("is below zero where another attempt is worth nothing", () => {
    expect(outgoingPause({ ...refused, status: 400, again: false }, 1000, () => 1)).toBeLessThan(0);
  });
});
