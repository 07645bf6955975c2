import { describe, expect, it } from "vitest";
import { hasCode } from "./has-code.ts";

describe("hasCode", () => {
  it("knows an error by its code, and nothing else", () => {
    const missing = Object.assign(new Error("gone"), { code: "ENOENT" });
    expect(hasCode(missing, "ENOENT")).toBe(true);
    expect(hasCode(missing, "EEXIST")).toBe(false);
    expect(hasCode(new Error("ENOENT"), "ENOENT")).toBe(false);
    expect(hasCode({ code: "ENOENT" }, "ENOENT")).toBe(false);
    expect(hasCode(null, "ENOENT")).toBe(false);
  });
});
