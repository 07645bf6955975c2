import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createFingerprint, newFingerprintKey } from "./credential-fingerprint.ts";

describe("createFingerprint", () => {
  it("names the same credential alike under one key, and otherwise under another", () => {
    const [one, other] = [createFingerprint(newFingerprintKey()), createFingerprint(newFingerprintKey())];
    expect(one("token")).toMatch(/^[\w-]{22}$/);
    expect(one("token")).toBe(one("token"));
    expect(one("token")).not.toBe(one("tokem"));
    expect(one("token")).not.toBe(other("token"));
  });

  it("is the first half of an HMAC-SHA-256 (RFC 2104)", () => {
    const key = newFingerprintKey();
    for (const credential of ["", "token", "é".repeat(100)]) {
      const hmac = createHmac("sha256", Buffer.from(key, "base64")).update(credential).digest();
      expect(createFingerprint(key)(credential)).toBe(hmac.subarray(0, 16).toString("base64url"));
    }
  });
});
