import { describe, expect, it } from "vitest";
import { closeCode, maySendCloseCode } from "./close-code.ts";

describe("maySendCloseCode", () => {
  it("allows the registered codes, 3000-3999 and 4000-4999, and no other of all 65536 (RFC 6455 7.4)", () => {
    const allowed = Array.from({ length: 0x1_0000 }, (_, code) => code).filter(maySendCloseCode);
    const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    expect(allowed.filter((code) => code < 3000)).toEqual(registered);
    expect(allowed.filter((code) => code >= 3000)).toEqual(
      Array.from({ length: 2000 }, (_, index) => 3000 + index),
    );
  });

  it("refuses the codes that only stand for a missing one (RFC 6455 7.4.1)", () => {
    expect([closeCode.none, closeCode.abnormal].map(maySendCloseCode)).toEqual([false, false]);
  });
});
