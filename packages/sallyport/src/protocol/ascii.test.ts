import { assert, constantFrom, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { isAscii } from "./ascii.ts";
import { applyMask } from "./mask.ts";

function agrees(payload: Uint8Array, key: Uint8Array, lead: number): boolean {
  const expected = payload.every((byte) => byte < 0x80);
  const bytes = new Uint8Array(lead + payload.length + 3).fill(0xff);
  applyMask(payload, bytes.subarray(lead, lead + payload.length), key, 0);
  const masked = isAscii(bytes, lead, lead + payload.length, key);
  bytes.set(payload, lead);
  return masked === expected && isAscii(bytes, lead, lead + payload.length, null) === expected;
}

describe("isAscii", () => {
  it("agrees with a look at each byte, at any place, masked or not (RFC 6455 5.3)", () => {
    const payload = uint8Array({ max: 0x82, maxLength: 300 });
    const key = uint8Array({ minLength: 4, maxLength: 4 });
    assert(property(payload, key, constantFrom(0, 1, 2, 3), agrees), { numRuns: 1000 });
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    "finds the one byte that is not, at every place of %i bytes",
    (size) => {
      const key = new Uint8Array([0x80, 0x01, 0xff, 0x7f]);
      expect(agrees(new Uint8Array(size).fill(0x41), key, 1)).toBe(true);
      for (let place = 0; place < size; place++) {
        const payload = new Uint8Array(size).fill(0x41);
        payload[place] = 0xc3;
        expect(agrees(payload, key, 1)).toBe(true);
      }
    },
  );
});
