import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { closeReason, parseCloseBody } from "./close-frame.ts";

const body = (hex: string): ReturnType<typeof parseCloseBody> => parseCloseBody(Buffer.from(hex, "hex"));

describe("parseCloseBody", () => {
  it("reads an empty body as 1005 (RFC 6455 7.1.5)", () => {
    expect(body("")).toEqual({ ok: true, code: 1005 });
  });

  it("reads the code, with and without a reason (RFC 6455 5.5.1)", () => {
    expect(body("03e8")).toEqual({ ok: true, code: 1000 });
    expect(body("0fa1c3a4")).toEqual({ ok: true, code: 4001 });
  });

  it("rejects a body of one byte (RFC 6455 5.5.1)", () => {
    expect(body("03")).toEqual({ ok: false, violation: "protocol.close-body" });
  });

  it("rejects a code that must not be sent (RFC 6455 7.4.1)", () => {
    expect(body("03ee")).toEqual({ ok: false, violation: "protocol.close-code" });
  });

  it("rejects a reason that is not UTF-8 (RFC 6455 5.5.1, 8.1)", () => {
    expect(body("03e8c3")).toEqual({ ok: false, violation: "protocol.invalid-utf8" });
  });
});

describe("closeReason", () => {
  it("reads what stands behind the code (RFC 6455 7.1.6)", () => {
    expect(closeReason(new Uint8Array(0))).toBe("");
    expect(closeReason(Uint8Array.of(3, 232))).toBe("");
    expect(closeReason(Uint8Array.of(3, 232, 0xc3, 0xbc))).toBe("ü");
  });
});
