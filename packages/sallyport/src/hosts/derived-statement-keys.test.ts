import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { calculateJwkThumbprint, jwtVerify, createLocalJWKSet } from "jose";
import { describe, expect, it } from "vitest";
import { anonymous } from "../../test/handshake-fixture.ts";
import { derivedStatementKeys } from "./derived-statement-keys.ts";
import { createIdentityStatements } from "./identity-statement.ts";
import { ownStatementKeys, signingKey } from "./statement-keys.ts";

const MIDNIGHT = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const secret = Buffer.alloc(32, "0123456789");

function from(wallNow: number): readonly number[] {
  return derivedStatementKeys(secret)([], wallNow).map(({ signsFrom }) => (signsFrom - MIDNIGHT) / DAY);
}

describe("derivedStatementKeys", () => {
  it("has today's key and tomorrow's, and yesterday's for as long as clocks may differ", () => {
    expect(from(MIDNIGHT)).toEqual([-1, 0, 1]);
    expect(from(MIDNIGHT + 10 * MINUTE - 1)).toEqual([-1, 0, 1]);
    expect(from(MIDNIGHT + 10 * MINUTE)).toEqual([0, 1]);
    expect(from(MIDNIGHT + DAY - 1)).toEqual([0, 1]);
  });

  it("gives the same list until it changes, so that keys are read once", () => {
    const renew = derivedStatementKeys(secret);
    const keys = renew([], MIDNIGHT + 10 * MINUTE);
    expect(renew(keys, MIDNIGHT + DAY - 1)).toBe(keys);
    expect(renew(keys, MIDNIGHT + DAY)).toHaveLength(3);
  });

  it("makes keys of the curve, named by their thumbprints (RFC 7638)", async () => {
    for (const { kid, privateJwk } of derivedStatementKeys(randomBytes(32))([], MIDNIGHT)) {
      const { x, y } = createPublicKey(createPrivateKey({ key: privateJwk, format: "jwk" })).export({
        format: "jwk",
      });
      expect([x, y]).toEqual([privateJwk.x, privateJwk.y]);
      expect(kid).toBe(await calculateJwkThumbprint({ kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" }));
    }
  });

  it("makes other keys of another secret, and of another day", () => {
    const [yesterday, today] = derivedStatementKeys(secret)([], MIDNIGHT);
    const [other] = derivedStatementKeys(Buffer.alloc(32, "9876543210"))([], MIDNIGHT);
    const all = [yesterday, today, other].map((key) => key?.privateJwk.d);
    expect(new Set(all).size).toBe(3);
  });

  it("lets an application verify what any node signed by the key set of any other, whose clocks are minutes apart", async () => {
    let now = MIDNIGHT - 5 * MINUTE;
    const [one, other] = [0, 8 * MINUTE].map((ahead) =>
      createIdentityStatements(() => now + ahead, ownStatementKeys(derivedStatementKeys(secret))),
    );
    if (one === undefined || other === undefined) throw new Error("two were made");
    for (; now < MIDNIGHT + 15 * MINUTE; now += 5 * MINUTE)
      for (const [signer, reader] of [
        [one, other],
        [other, one],
      ] as const) {
        const token = await signer.sign({ ...anonymous, claims: {} }, "/");
        const keySet = createLocalJWKSet({ keys: [...reader.keySet.keys] });
        const read = await jwtVerify(token, keySet, { currentDate: new Date(now), clockTolerance: 600 });
        expect(read.payload.iss).toBe("sallyport");
      }
    expect(signingKey(derivedStatementKeys(secret)([], now), now)?.signsFrom).toBe(MIDNIGHT);
  });
});
