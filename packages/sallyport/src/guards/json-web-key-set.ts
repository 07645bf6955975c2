import { isUtf8 } from "node:buffer";
import { createPublicKey, createSecretKey, hash } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { parseJson } from "../dialects/parse-json.ts";

/** Keys that verify tokens. Immutable: another set of keys is another object. */
export interface KeySet {
  /** Two sets with the same digest hold the same keys. */
  readonly digest: string;
  /** Why keys of the source are not used, one text for each. Never key material. */
  readonly refused: readonly string[];
  /**
   * The one key that fits. `kid` is a name in this set and nothing else (RFC 8725 3.10). `null` when no key fits, or
   * when several do: a token must say which.
   */
  find(kid: string | undefined, algorithm: string): KeyObject | null;
}

interface Key {
  readonly kid: unknown;
  readonly algorithms: readonly string[];
  readonly key: KeyObject;
}

/** RFC 7518 3.3 and 3.5: a modulus of 2048 bits or more. */
const MIN_MODULUS_BITS = 2048;
/** FIPS 186-5 A.1.1: an exponent above 2^16; with an exponent of 1 anybody can sign. */
const MIN_EXPONENT = 65_537n;
/** RFC 7518 3.2: a secret as long as the hash, in bytes: the digits of the name are its bits. */
const secretBytes = (algorithm: string): number => Number(algorithm.slice(2)) / 8;
const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const CURVES: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ["ES256"],
  secp384r1: ["ES384"],
  secp521r1: ["ES512"],
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function selection(digest: string, keys: readonly Key[], refused: readonly string[]): KeySet {
  return {
    digest,
    refused,
    find(kid, algorithm) {
      const fitting = keys.filter(
        (key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid),
      );
      const [only, ...more] = fitting;
      return only === undefined || more.length > 0 ? null : only.key;
    },
  };
}

/** What an asymmetric key may verify: its type decides, never the token (RFC 8725 3.1). */
function algorithmsOf(key: KeyObject): readonly string[] {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
  if (key.asymmetricKeyType === "rsa") return RSA;
  if (key.asymmetricKeyType === "ed25519") return ["EdDSA", "Ed25519"];
  return CURVES[curve] ?? [];
}

function weakness(key: KeyObject): string | null {
  const modulusLength = key.asymmetricKeyDetails?.modulusLength;
  const publicExponent = key.asymmetricKeyDetails?.publicExponent;
  if (modulusLength !== undefined && modulusLength < MIN_MODULUS_BITS)
    return `an RSA key of ${modulusLength} bits (at least ${MIN_MODULUS_BITS}, RFC 7518 3.3)`;
  if (publicExponent !== undefined && publicExponent < MIN_EXPONENT)
    return `an RSA key with the public exponent ${publicExponent} (at least ${MIN_EXPONENT})`;
  return null;
}

function publicKey(jwk: JsonWebKey): KeyObject | null {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return null;
  }
}

/** A key that can be used, a text that says why it is refused, or `null` for a key that has another purpose. */
function readKey(jwk: unknown): Key | string | null {
  if (!isObject(jwk)) return "an entry that is not an object";
  if (jwk["kty"] === "oct") return "a shared secret (`oct`), which does not belong in a JWKS";
  if (jwk["d"] !== undefined)
    return "a private key, which does not belong in a JWKS: replace it, it is known";
  const operations = jwk["key_ops"];
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") return null;
  if (Array.isArray(operations) && !operations.includes("verify")) return null;
  const key = publicKey(jwk);
  if (key === null) return `a key that cannot be read (kty ${JSON.stringify(jwk["kty"])?.slice(0, 20)})`;
  const declared = jwk["alg"];
  const algorithms = algorithmsOf(key).filter((name) => declared === undefined || name === declared);
  if (algorithms.length === 0) return null;
  return weakness(key) ?? { kid: jwk["kid"], algorithms, key };
}

/**
 * Reads a JSON Web Key Set (RFC 7517 5). Keys for another purpose are left out silently; secrets, private keys, keys
 * that cannot be read, RSA keys below 2048 bits or with an exponent below 65537 are refused and named in `refused`.
 *
 * @throws Error when the text is not a JWKS or no key of it can be used: what was found, and no key material
 */
export function parseJsonWebKeySet(text: string): KeySet {
  let document: unknown;
  try {
    document = parseJson(text);
  } catch {
    throw new Error("is not JSON");
  }
  const entries = isObject(document) ? document["keys"] : undefined;
  if (!Array.isArray(entries)) throw new Error("is not a JSON Web Key Set: an object with a list `keys`");
  const read = entries.map((entry: unknown) => readKey(entry));
  const refused = read.filter((key) => typeof key === "string");
  const keys = read.filter((key): key is Key => typeof key === "object" && key !== null);
  if (keys.length === 0)
    throw new Error(["holds no key that can verify tokens", ...refused].join("; refused: "));
  return selection(hash("sha256", JSON.stringify(entries)), keys, refused);
}

/** A line break at the end of a text is the editor's, not the secret's; one at the end of random bytes is a part of them. */
function withoutLineBreak(bytes: Buffer): Buffer {
  const end = /\r?\n$/.exec(bytes.toString("latin1"))?.index;
  if (end === undefined) return bytes;
  const rest = bytes.subarray(0, end);
  // Of 31 random bytes fewer than one in 10^12 are UTF-8 without a control character.
  return isUtf8(rest) && !rest.some((byte) => byte < 0x20 || byte === 0x7f) ? rest : bytes;
}

/**
 * Makes the key set of one shared secret: the bytes as they are, but where they are text (UTF-8 in one line) for the line
 * break at its end.
 *
 * @param algorithms the HMAC algorithms that will be used; the longest hash says how long the secret must be
 * @throws Error when the secret is shorter than the hash (RFC 7518 3.2): 32 bytes for HS256
 */
export function readSharedSecret(bytes: Buffer, algorithms: readonly string[]): KeySet {
  const secret = withoutLineBreak(bytes);
  const needed = Math.max(...algorithms.map((name) => secretBytes(name)));
  if (secret.length < needed)
    throw new Error(
      `holds a secret of ${secret.length} bytes, ${algorithms.join(" and ")} needs ${needed} (RFC 7518 3.2)`,
    );
  return selection(
    hash("sha256", secret),
    [{ kid: undefined, algorithms, key: createSecretKey(secret) }],
    [],
  );
}
