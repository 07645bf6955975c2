import { constants, createHmac, timingSafeEqual, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { ecdsaToDer } from "./ecdsa-signature.ts";

/** A curve of ECDSA: its name with OpenSSL, and the bytes of each number of a signature. */
interface Curve {
  readonly name: string;
  readonly numberBytes: number;
}

/** What an asymmetric algorithm (RFC 7518 3.3 to 3.5, RFC 8037 3.1) asks of its key, and how it is verified. */
interface Algorithm {
  /** `null`: the algorithm hashes by itself. */
  readonly hash: string | null;
  readonly keyType: "rsa" | "ec" | "ed25519";
  readonly curve?: Curve;
  /** PSS, with a salt as long as the hash (RFC 7518 3.5), in place of PKCS #1. */
  readonly pss?: true;
}

/** RFC 7518 3.2. */
const HMAC_HASHES: ReadonlyMap<string, string> = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

const ED25519: Algorithm = { hash: null, keyType: "ed25519" };
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["RS256", { hash: "sha256", keyType: "rsa" }],
  ["RS384", { hash: "sha384", keyType: "rsa" }],
  ["RS512", { hash: "sha512", keyType: "rsa" }],
  ["PS256", { hash: "sha256", keyType: "rsa", pss: true }],
  ["PS384", { hash: "sha384", keyType: "rsa", pss: true }],
  ["PS512", { hash: "sha512", keyType: "rsa", pss: true }],
  ["ES256", { hash: "sha256", keyType: "ec", curve: { name: "prime256v1", numberBytes: 32 } }],
  ["ES384", { hash: "sha384", keyType: "ec", curve: { name: "secp384r1", numberBytes: 48 } }],
  ["ES512", { hash: "sha512", keyType: "ec", curve: { name: "secp521r1", numberBytes: 66 } }],
  ["EdDSA", ED25519],
  ["Ed25519", ED25519],
]);

/** RFC 7518 3.3 and 3.5. */
const MIN_MODULUS_BITS = 2048;

/**
 * Whether a key may verify this algorithm: the key's type decides, never the token (RFC 8725 3.1). A private key may not,
 * nor an RSA key below 2048 bits.
 */
function fits(key: KeyObject, { keyType, curve }: Algorithm): boolean {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.type !== "public" || key.asymmetricKeyType !== keyType) return false;
  return keyType === "rsa" ? modulusLength >= MIN_MODULUS_BITS : namedCurve === curve?.name;
}

/**
 * Verifies the signature of a compact JWS (RFC 7515 5.2) whose segments are canonical base64url. At once, on this thread: a
 * verification takes 30 to 150 µs, and to hand it to another thread takes longer than that.
 *
 * @returns `unfit`: the key is none for this algorithm. Never throws for what a token holds.
 */
export function verifySignature(
  token: string,
  { key, alg }: { readonly key: KeyObject; readonly alg: string },
): "valid" | "invalid" | "unfit" {
  const end = token.lastIndexOf(".");
  const signed = Buffer.from(token.slice(0, end), "latin1");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  const hmac = HMAC_HASHES.get(alg);
  if (hmac !== undefined && key.type === "secret")
    return isMac(signature, createHmac(hmac, key).update(signed).digest()) ? "valid" : "invalid";
  const algorithm = ALGORITHMS.get(alg);
  if (algorithm === undefined || !fits(key, algorithm)) return "unfit";
  return verifyWith(algorithm, { key, signed, signature }) ? "valid" : "invalid";
}

/** Node is given the key itself where that will do: an options object costs it 50 µs more. */
function verifyWith({ hash, curve, pss }: Algorithm, { key, signed, signature }: Signed): boolean {
  if (pss === true) return verify(hash, signed, { key, ...PSS }, signature);
  const plain = curve === undefined ? signature : ecdsaToDer(signature, curve.numberBytes);
  return plain !== null && verify(hash, signed, key, plain);
}

interface Signed {
  readonly key: KeyObject;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

function isMac(found: Uint8Array, expected: Uint8Array): boolean {
  return found.length === expected.length && timingSafeEqual(found, expected);
}
