import { createSecretKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { assert, nat, property } from "fast-check";
import { CompactSign } from "jose";
import { describe, expect, it } from "vitest";
import { verifySignature } from "./token-signature.ts";

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" });
const ed25519 = generateKeyPairSync("ed25519");
const key = createSecretKey(randomBytes(64));
const secret: Pair = { publicKey: key, privateKey: key };

const pairs: readonly (readonly [string, Pair])[] = [
  ...["HS256", "HS384", "HS512"].map((alg) => [alg, secret] as const),
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].map((alg) => [alg, rsa] as const),
  ["ES256", p256],
  ["ES384", p384],
  ["ES512", p521],
  ["EdDSA", ed25519],
  ["Ed25519", ed25519],
];

/** Signed by another implementation. */
async function signedBy(alg: string, { privateKey }: Pair): Promise<string> {
  return await new CompactSign(Buffer.from('{"sub":"alice"}')).setProtectedHeader({ alg }).sign(privateKey);
}

function withSignature(token: string, signature: Uint8Array): string {
  return `${token.slice(0, token.lastIndexOf("."))}.${Buffer.from(signature).toString("base64url")}`;
}

function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");
}

describe("verifySignature", () => {
  it.each(pairs)(
    "verifies %s, and nothing that differs in a bit (RFC 7518 3.1, RFC 8037 3.1)",
    async (alg, pair) => {
      const token = await signedBy(alg, pair);
      const good = { key: pair.publicKey, alg };
      const signature = signatureOf(token);
      expect(verifySignature(token, good)).toBe("valid");
      assert(
        property(nat(signature.length * 8 - 1), (bit) => {
          const flipped = Buffer.from(signature);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return verifySignature(withSignature(token, flipped), good) === "invalid";
        }),
        { numRuns: 20 },
      );
      expect(verifySignature(token.replace(".", ".A"), good)).toBe("invalid");
    },
  );

  it.each(pairs)("refuses a signature of %s that is cut, longer, empty, or zero", async (alg, pair) => {
    const token = await signedBy(alg, pair);
    const signature = signatureOf(token);
    const forged = [
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.of(0)]),
      Buffer.alloc(0),
      Buffer.alloc(signature.length),
    ];
    for (const bytes of forged)
      expect(verifySignature(withSignature(token, bytes), { key: pair.publicKey, alg })).toBe("invalid");
  });

  it("refuses every key that is not made for the algorithm (RFC 8725 2.1, 3.1)", async () => {
    let refused = 0;
    for (const [alg, own] of pairs) {
      const token = await signedBy(alg, own);
      for (const other of [rsa, p256, p384, p521, ed25519, secret]) {
        if (other === own) continue;
        expect(verifySignature(token, { key: other.publicKey, alg })).toBe("unfit");
        refused++;
      }
    }
    expect(refused).toBe(pairs.length * 5);
  });

  it.each(["none", "", "es256", "RSA1_5", "constructor"])("knows no algorithm %j", async (alg) => {
    const token = await signedBy("ES256", p256);
    expect(verifySignature(token, { key: p256.publicKey, alg })).toBe("unfit");
  });

  it("does not take a private key for a public one, nor a weak RSA key (RFC 7518 3.3)", async () => {
    const token = await signedBy("ES256", p256);
    expect(verifySignature(token, { key: p256.privateKey, alg: "ES256" })).toBe("unfit");
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    expect(verifySignature(token, { key: weak.publicKey, alg: "RS256" })).toBe("unfit");
  });

  it("does not take the DER form of an ECDSA signature (RFC 7518 3.4)", async () => {
    const token = await signedBy("ES256", p256);
    const input = token.slice(0, token.lastIndexOf("."));
    const der = sign("sha256", Buffer.from(input), p256.privateKey);
    expect(verifySignature(withSignature(token, der), { key: p256.publicKey, alg: "ES256" })).toBe("invalid");
  });
});
