import { createECDH, createHash, hkdfSync } from "node:crypto";
import type { StateSecret } from "../state/state-secret.ts";
import {
  PUBLISHED_AFTER_MS,
  SIGNS_MS,
  renewStatementKeys,
  type RenewStatementKeys,
  type StatementKey,
} from "./statement-keys.ts";

/** The order of P-256 (FIPS 186-5, SP 800-186 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** As long as the order and 128 bits more, so that no number is likelier than another (FIPS 186-5 A.2.1). */
const NUMBER_BYTES = 48;
const KEY_BYTES = 32;

/**
 * The keys of all nodes of a gate, which follow from a secret that they have: one for each day by UTC. So all sign with the same, nothing is told
 * or kept, and nothing that anybody writes anywhere makes a key. Published are that of today and tomorrow, and for ten minutes that of yesterday:
 * clocks may differ by so much. A key tells nothing of the secret, nor of another day's.
 *
 * @param secret 32 bytes or more, of this use alone
 */
export function derivedStatementKeys(secret: Uint8Array): RenewStatementKeys {
  return (keys, wallNow) => {
    const today = Math.floor(wallNow / SIGNS_MS);
    const first = wallNow < today * SIGNS_MS + PUBLISHED_AFTER_MS ? today - 1 : today;
    const days = Array.from({ length: today + 2 - first }, (_, index) => first + index);
    const isSame =
      keys.length === days.length && days.every((day, index) => keys[index]?.signsFrom === day * SIGNS_MS);
    return isSame ? keys : days.map((day) => keyOf(secret, day * SIGNS_MS));
  };
}

/** How the keys of a node become newer ones: those that all nodes have, or where they have no secret, its own. */
export function statementKeysOf(secret: Pick<StateSecret, "secretFor"> | null): RenewStatementKeys {
  return secret === null ? renewStatementKeys : derivedStatementKeys(secret.secretFor("identity statements"));
}

function keyOf(secret: Uint8Array, signsFrom: number): StatementKey {
  const info = `sallyport identity statements\n${signsFrom}\n`;
  const random = Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), info, NUMBER_BYTES));
  const number = (BigInt(`0x${random.toString("hex")}`) % (ORDER - 1n)) + 1n;
  const d = Buffer.from(number.toString(16).padStart(2 * KEY_BYTES, "0"), "hex");
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(d);
  // An uncompressed point: 4, x, y (SEC 1 2.3.3).
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 1 + KEY_BYTES), point.subarray(1 + KEY_BYTES)].map((part) =>
    part.toString("base64url"),
  );
  const publicJwk = { crv: "P-256", kty: "EC", x: x ?? "", y: y ?? "" };
  // RFC 7638: the members in this order, without spaces.
  const kid = createHash("sha256").update(JSON.stringify(publicJwk)).digest("base64url");
  return { kid, privateJwk: { ...publicJwk, d: d.toString("base64url") }, signsFrom };
}
