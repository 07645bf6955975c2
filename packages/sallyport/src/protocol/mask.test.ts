import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyMask } from "./mask.ts";

const keys = fc.uint8Array({ minLength: 4, maxLength: 4 });
const payloads = fc.uint8Array({ maxLength: 700, size: "max" });

/** The definition, byte by byte: octet i is masked with octet i mod 4 of the key. */
function masked(payload: Uint8Array, key: Uint8Array, offset: number): Uint8Array {
  return payload.map((byte, index) => byte ^ (key[(index + offset) % 4] ?? 0));
}

/** The bytes at this distance from a word boundary. */
function placed(bytes: Uint8Array, distance: number): Uint8Array {
  const place = new Uint8Array(bytes.length + 8).subarray(distance, distance + bytes.length);
  place.set(bytes);
  return place;
}

describe("applyMask", () => {
  it("masks the example of RFC 6455 5.7", () => {
    const target = new Uint8Array(5);
    applyMask(Buffer.from("Hello"), target, Uint8Array.of(0x37, 0xfa, 0x21, 0x3d), 0);
    expect(Buffer.from(target).toString("hex")).toBe("7f9f4d5158");
  });

  it("does what RFC 6455 5.3 defines, at every alignment, length and offset", () => {
    const alignment = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(payloads, keys, alignment, alignment, fc.nat(1000), (payload, key, from, to, offset) => {
        const target = placed(new Uint8Array(payload.length), to);
        applyMask(placed(payload, from), target, key, offset);
        expect(Buffer.compare(target, masked(payload, key, offset))).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it("writes nothing beyond the source, in words and in bytes", () => {
    for (const length of [5, 130, 131]) {
      const target = new Uint8Array(length + 4);
      applyMask(new Uint8Array(length), target, Uint8Array.of(1, 2, 3, 4), 0);
      expect([...target.subarray(length)]).toEqual([0, 0, 0, 0]);
    }
  });

  it("undoes itself in place, in pieces", () => {
    fc.assert(
      fc.property(payloads, keys, fc.nat(700), (payload, key, cut) => {
        const bytes = Uint8Array.from(payload);
        applyMask(bytes, bytes, key, 0);
        const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
        applyMask(first, first, key, 0);
        applyMask(second, second, key, first.length);
        expect(Buffer.compare(bytes, payload)).toBe(0);
      }),
    );
  });
});
