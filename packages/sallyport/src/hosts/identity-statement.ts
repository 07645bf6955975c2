import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from "jose";
import type { Identity } from "../guards/guard.ts";

/** Signs, for the application, who the caller is. */
export interface IdentityStatements {
  /** The key set that verifies the statements, served at `/.sallyport/jwks.json`. */
  readonly keySet: { readonly keys: readonly JWK[] };
  /**
   * A signed JWT for `Sallyport-Identity`, with at least half of its life before it.
   *
   * @param audience the id of the route whose application it is for: no other may take it for its own (RFC 8725 3.9)
   */
  sign(identity: Identity, audience: string): Promise<string>;
}

/** A key that several processes sign with, in plain JSON: it is secret. */
export interface StatementKey {
  readonly kid: string;
  readonly privateJwk: JWK;
}

/** Makes a key for several processes of one gate. */
export async function generateStatementKey(): Promise<StatementKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return { kid: crypto.randomUUID(), privateJwk: await exportJWK(privateKey) };
}

interface KeyInUse {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;
}

async function newKey(): Promise<KeyInUse> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  return { kid: crypto.randomUUID(), publicJwk: await exportJWK(publicKey), privateKey };
}

async function sharedKey({ kid, privateJwk }: StatementKey): Promise<KeyInUse> {
  const privateKey = await importJWK(privateJwk, ALGORITHM);
  if (privateKey instanceof Uint8Array) throw new TypeError("a key that signs statements is a key pair");
  const { d: _secret, ...publicJwk } = privateJwk;
  return { kid, publicJwk, privateKey };
}

interface Statement {
  readonly token: Promise<string>;
  /** Until when (seconds since the epoch) it is given out again. */
  readonly freshUntil: number;
}

const ALGORITHM = "ES256";
/** The application reads it at once, at the handshake. */
const LIFE_S = 60;

/**
 * Makes statements with a key that lives as long as the gate: `iss` sallyport, a minute long (RFC 7519, 8725).
 * Signing costs more than all other work of a handshake, so a caller who comes again with the same proof within half a minute
 * is given the same statement: it says who, and `Sallyport-Session` says on which connection.
 *
 * @param shared the key of all processes of this gate; `null`: one of our own
 */
export async function createIdentityStatements(
  wallNow: () => number,
  shared: StatementKey | null = null,
): Promise<IdentityStatements> {
  const { kid, publicJwk, privateKey } = await (shared === null ? newKey() : sharedKey(shared));
  // By the claims of a verified token, which are one object as long as the token is remembered; and then by audience.
  const statements = new WeakMap<Identity["claims"], Map<string, Statement>>();
  const signNew = (identity: Identity, audience: string, issuedAt: number): Promise<string> => {
    const { provider, user, issuer, claims } = identity;
    const token = new SignJWT({ provider, issuer, claims })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: "sallyport-identity+jwt" })
      .setIssuer("sallyport")
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFE_S);
    if (user !== null) token.setSubject(user);
    return token.sign(privateKey);
  };
  return {
    keySet: { keys: [{ ...publicJwk, kid, alg: ALGORITHM, use: "sig" }] },
    sign(identity, audience) {
      const now = Math.floor(wallNow() / 1000);
      const signed = statements.get(identity.claims) ?? new Map<string, Statement>();
      const known = signed.get(audience);
      if (known !== undefined && now < known.freshUntil) return known.token;
      const token = signNew(identity, audience, now);
      signed.set(audience, { token, freshUntil: now + LIFE_S / 2 });
      statements.set(identity.claims, signed);
      return token;
    },
  };
}
