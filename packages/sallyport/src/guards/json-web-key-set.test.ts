import { generateKeyPairSync } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonWebKeySet, readSharedSecret } from "./json-web-key-set.ts";

const rsa = (modulusLength: number, publicExponent = 65_537): JsonWebKey =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey.export({ format: "jwk" });
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ec = pair.publicKey.export({ format: "jwk" });
const strong = rsa(2048);
const ed = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
const onCurve = (namedCurve: string): JsonWebKey =>
  generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "jwk" });

const set = (...keys: unknown[]) => parseJsonWebKeySet(JSON.stringify({ keys }));

describe("parseJsonWebKeySet", () => {
  it("finds a key by kid and algorithm", () => {
    const keys = set({ ...ec, kid: "e" }, { ...strong, kid: "r" });
    expect(keys.find("e", "ES256")?.asymmetricKeyType).toBe("ec");
    expect(keys.find("r", "PS256")?.asymmetricKeyType).toBe("rsa");
    expect(keys.find("x", "ES256")).toBeNull();
  });

  it("lets the type of the key decide what it verifies, never HMAC (RFC 8725 2.1, 3.1)", () => {
    const keys = set({ ...ec, kid: "k" }, { ...strong, kid: "k" });
    expect(keys.find("k", "RS256")?.asymmetricKeyType).toBe("rsa");
    expect(keys.find("k", "HS256")).toBeNull();
    expect(keys.find("k", "ES384")).toBeNull();
    expect(keys.find("k", "none")).toBeNull();
  });

  it("keeps a key to its own alg (RFC 7517 4.4)", () => {
    const keys = set({ ...strong, kid: "r", alg: "RS256" });
    expect(keys.find("r", "RS256")).not.toBeNull();
    expect(keys.find("r", "PS256")).toBeNull();
  });

  it("knows the curves of ES384 and ES512, and Ed25519 by both names (RFC 9864)", () => {
    expect(set(onCurve("P-384")).find(undefined, "ES384")).not.toBeNull();
    expect(set(onCurve("P-521")).find(undefined, "ES512")).not.toBeNull();
    expect(set(ed).find(undefined, "EdDSA")).not.toBeNull();
    expect(set(ed).find(undefined, "Ed25519")).not.toBeNull();
  });

  it("takes a token without kid only when one key fits", () => {
    expect(set({ ...ec, kid: "e" }, { ...strong, kid: "r" }).find(undefined, "ES256")).not.toBeNull();
    expect(set({ ...ec, kid: "e" }, { ...onCurve("P-256"), kid: "f" }).find(undefined, "ES256")).toBeNull();
  });

  it.each(["../../dev/null", "' or 1=1", "__proto__", "constructor", "x".repeat(10_240)])(
    "uses kid %.20j as a name in the set alone (RFC 8725 3.10, A07)",
    (kid) => {
      expect(set({ ...ec, kid: "e" }).find(kid, "ES256")).toBeNull();
    },
  );

  it("leaves out keys with another purpose without a word (RFC 7517 4.2, 4.3)", () => {
    const keys = set(
      ec,
      { ...strong, use: "enc" },
      { ...strong, key_ops: ["encrypt"] },
      { ...strong, alg: "RSA-OAEP" },
    );
    expect(keys.refused).toEqual([]);
    expect(keys.find(undefined, "RS256")).toBeNull();
    expect(set({ ...ec, use: "sig", key_ops: ["verify"] }).find(undefined, "ES256")).not.toBeNull();
  });

  it("leaves out a curve that no algorithm here uses", () => {
    expect(set(ec, onCurve("secp256k1")).find(undefined, "ES256")).not.toBeNull();
  });

  it("refuses a shared secret in a JWKS (A21)", () => {
    expect(set(ec, { kty: "oct", k: "c2VjcmV0" }).refused).toEqual([expect.stringContaining("oct")]);
  });

  it("refuses a private key, and does not repeat it", () => {
    const { d, ...open } = pair.privateKey.export({ format: "jwk" });
    const { refused } = set(strong, { ...open, d });
    expect(refused).toEqual([expect.stringContaining("private key")]);
    expect(refused.join("")).not.toContain(d);
  });

  it("refuses RSA below 2048 bits and exponents below 65537 (RFC 7518 3.3, A06)", () => {
    expect(set(ec, rsa(1024)).refused).toEqual([expect.stringContaining("1024 bits")]);
    expect(set(ec, rsa(2048, 3)).refused).toEqual([expect.stringContaining("exponent 3")]);
  });

  it("refuses entries that are not keys", () => {
    expect(set(ec, 7, null, [], {}, { kty: "EC", crv: "P-256", x: "AA", y: "AA" }).refused).toHaveLength(5);
  });

  it("refuses a set without a usable key, and says why", () => {
    expect(() => set(rsa(1024))).toThrow(/no key that can verify.*1024 bits/);
    expect(() => set()).toThrow(/no key/);
  });

  it.each(["", "<html>", "[]", "null", '{"keys":{}}', '{"keys":"x"}'])("refuses %j", (text) => {
    expect(() => parseJsonWebKeySet(text)).toThrow(/is not/);
  });

  it("gives equal keys an equal digest", () => {
    expect(set(ec).digest).toBe(set(ec).digest);
    expect(set(ec).digest).not.toBe(set(strong).digest);
  });

  it("throws nothing but an Error with a text, whatever the document holds", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (keys) => {
        expect(() => set(...keys)).toThrow(/holds no key/);
      }),
    );
  });
});

describe("readSharedSecret", () => {
  const text = "correct horse battery staple, grüße";
  const random = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37) % 251));
  it.each([
    ["text, without the line break at its end", Buffer.from(`${text}\n`), Buffer.from(text)],
    ["text, without the line break of Windows", Buffer.from(`${text}\r\n`), Buffer.from(text)],
    ["two lines as they are", Buffer.from(`${text}\n\n`), null],
    ["text that ends without one", Buffer.from(text), Buffer.from(text)],
    ["bytes that end with 0x0a", Buffer.concat([random, Buffer.from("\n")]), null],
    ["bytes that end with 0x0d", Buffer.concat([random, Buffer.from("\r")]), null],
    ["UTF-8 with a control character", Buffer.from(`${text}\u0000\n`), null],
    ["UTF-8 with DEL", Buffer.from(`${text}\u007f\n`), null],
  ])("makes a key of %s", (_name, bytes, expected) => {
    const keys = readSharedSecret(bytes, ["HS256"]);
    expect(keys.find(undefined, "HS256")?.export()).toEqual(expected ?? bytes);
    expect(keys.find(undefined, "RS256")).toBeNull();
    expect(keys.refused).toEqual([]);
  });

  it("refuses a secret shorter than the hash (RFC 7518 3.2, A06)", () => {
    expect(() => readSharedSecret(Buffer.from("secret\n"), ["HS256"])).toThrow("6 bytes, HS256 needs 32");
    expect(() => readSharedSecret(Buffer.alloc(33, 1), ["HS256", "HS512"])).toThrow("needs 64");
  });

  it("finds no key for an algorithm that it was not made for", () => {
    expect(readSharedSecret(Buffer.alloc(32, 1), ["HS256"]).find(undefined, "ES256")).toBeNull();
  });
});
