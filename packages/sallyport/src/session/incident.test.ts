import { describe, expect, it } from "vitest";
import { incidentId } from "./incident.ts";

describe("incidentId", () => {
  it("is 12 characters of base64url, the first a letter, whatever the first byte", () => {
    for (let first = 0; first < 256; first++)
      expect(incidentId((count) => new Uint8Array(count).fill(0xfb).fill(first, 0, 1))).toMatch(
        /^[A-Za-z][\w-]{11}$/,
      );
  });

  it("asks for nine bytes, and leaves them as they were", () => {
    const given = new Uint8Array(9).fill(0xff);
    expect(incidentId((count) => given.subarray(0, count))).toBe("f___________");
    expect(given.every((byte) => byte === 0xff)).toBe(true);
  });
});
