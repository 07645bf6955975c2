import { describe, expect, it } from "vitest";
import { handshakeViolation, quoteForDetail } from "./handshake-violation.ts";

describe("handshakeViolation", () => {
  it("is a value with a code of the registry and a detail", () => {
    expect(handshakeViolation("handshake.key", "why")).toEqual({
      ok: false,
      code: "handshake.key",
      detail: "why",
    });
  });
});

describe("quoteForDetail", () => {
  it("shows a short value whole", () => {
    expect(quoteForDetail("h2c")).toBe('"h2c"');
  });

  it("escapes what a terminal or a log would act on", () => {
    expect(quoteForDetail("a\r\n\u001b[2J\u202e")).toBe(String.raw`"a\u000d\u000a\u001b[2J\u202e"`);
  });

  it("cuts a long value, so that no token is shown whole", () => {
    expect(quoteForDetail("x".repeat(64))).toBe(`"${"x".repeat(64)}"`);
    expect(quoteForDetail("x".repeat(65))).toBe(`"${"x".repeat(64)}…" (65 characters)`);
  });
});
