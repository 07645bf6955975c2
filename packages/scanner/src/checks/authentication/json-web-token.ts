import { createHmac } from "node:crypto";

/** A JSON Web Token as it stands (RFC 7519). */
export interface JsonWebToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signature: string;
  /** What is signed: header and claims, as they were written. */
  readonly signed: string;
}

/** Reads a token without verifying it; null where it is none. */
export function readToken(text: string): JsonWebToken | null {
  const [header = "", claims = "", signature = ""] = text.split(".");
  const read = { header: objectOf(header), claims: objectOf(claims) };
  if (read.header === null || read.claims === null) return null;
  return { header: read.header, claims: read.claims, signature, signed: `${header}.${claims}` };
}

/** Writes a token; `sign` makes the signature, as bytes, of what is signed. */
export function writeToken(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  sign: (signed: string) => Buffer,
): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign(signed).toString("base64url")}`;
}

const HASHES = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

/** The signature that a shared secret makes by an algorithm of RFC 7518 3.2; null for any other algorithm. */
export function signWithSecret(algorithm: unknown, secret: string, signed: string): Buffer | null {
  const hash = typeof algorithm === "string" ? HASHES.get(algorithm) : undefined;
  return hash === undefined ? null : createHmac(hash, secret).update(signed).digest();
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    // Whether it is an object was just seen; what is in it, nobody knows.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
