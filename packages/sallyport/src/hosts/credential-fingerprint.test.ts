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
});
