import { generateKeyPairSync, sign, verify } from "node:crypto";
import { assert, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { ecdsaFromDer, ecdsaToDer } from "./ecdsa-signature.ts";

const curves = [
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
] as const;
const data = Buffer.from("signed");

const der = (...numbers: number[]): string =>
  Buffer.from(ecdsaToDer(Uint8Array.from(numbers), 2) ?? []).toString("hex");

describe("ecdsaToDer", () => {
  it.each(curves)("writes what OpenSSL verifies, of %s (RFC 3279 2.2.3)", (namedCurve, size) => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
    for (let count = 0; count < 20; count++) {
      const raw = sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const found = ecdsaToDer(raw, size);
      expect(found !== null && verify("sha256", data, publicKey, found)).toBe(true);
    }
  });

  it("writes each number in its shortest form, never negative (X.690 8.3.2)", () => {
    expect(der(0x01, 0x02, 0x7f, 0xff)).toBe("30080202010202027fff");
    expect(der(0x00, 0x7f, 0x00, 0x80)).toBe("300702017f02020080");
    expect(der(0x80, 0x00, 0x00, 0x00)).toBe("30080203008000020100");
  });

  it("wants exactly two numbers (RFC 7518 3.4)", () => {
    for (const length of [0, 32, 63, 65, 96, 128]) expect(ecdsaToDer(new Uint8Array(length), 32)).toBeNull();
  });
});

function roundTrip(raw: Uint8Array): Buffer {
  return Buffer.from(ecdsaFromDer(Buffer.from(ecdsaToDer(raw, 32) ?? []), 32));
}

describe("ecdsaFromDer", () => {
  it("is the inverse, for numbers of any length (RFC 7518 3.4)", () => {
    assert(
      property(uint8Array({ minLength: 64, maxLength: 64 }), (raw) => {
        return roundTrip(raw).equals(raw);
      }),
    );
    const small = Uint8Array.from({ length: 64 }, (_, index) => (index === 31 ? 1 : 0));
    expect(roundTrip(small).equals(small)).toBe(true);
  });
});
