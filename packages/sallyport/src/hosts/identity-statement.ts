import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  type KeyObject,
} from "node:crypto";
import type { JWK } from "jose";
import { ecdsaFromDer } from "../guards/ecdsa-signature.ts";
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
  sign(identity: Identity, audience: string): string;
}

/** A key that several processes sign with, in plain JSON: it is secret. */
export interface StatementKey {
  readonly kid: string;
  readonly privateJwk: JWK;
}

/** Makes a key for several processes of one gate. */
export function generateStatementKey(): StatementKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid: randomUUID(), privateJwk: privateKey.export({ format: "jwk" }) };
}

interface KeyInUse {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly privateKey: KeyObject;
}

function keyInUse({ kid, privateJwk }: StatementKey): KeyInUse {
  const privateKey = createPrivateKey({ key: privateJwk, format: "jwk" });
  return { kid, publicJwk: createPublicKey(privateKey).export({ format: "jwk" }), privateKey };
}

interface Statement {
  readonly token: string;
  /** Until when (seconds since the epoch) it is given out again. */
  readonly freshUntil: number;
}

const ALGORITHM = "ES256";
const P256_BYTES = 32;
/** The application reads it at once, at the handshake. */
const LIFE_S = 60;

/** An ES256 signature as a JWS has it (RFC 7515 5.1, RFC 7518 3.4). */
function signCompact(header: object, claims: object, key: KeyObject): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = ecdsaFromDer(sign("sha256", Buffer.from(signed, "latin1"), key), P256_BYTES);
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/**
 * Makes statements with a key that lives as long as the gate: `iss` sallyport, a minute long (RFC 7519, 8725). A caller who
 * comes again with the same proof within half a minute is given the same statement: it says who, and `Sallyport-Session` says
 * on which connection. Signed at once, on this thread: to hand it to another takes longer than the signature.
 *
 * @param shared the key of all processes of this gate; `null`: one of our own
 */
export function createIdentityStatements(
  wallNow: () => number,
  shared: StatementKey | null = null,
): IdentityStatements {
  const { kid, publicJwk, privateKey } = keyInUse(shared ?? generateStatementKey());
  // By the claims of a verified token, which are one object as long as the token is remembered; and then by audience.
  const statements = new WeakMap<Identity["claims"], Map<string, Statement>>();
  const header = { alg: ALGORITHM, kid, typ: "sallyport-identity+jwt" };
  const signNew = ({ provider, user, issuer, claims }: Identity, audience: string, iat: number): string => {
    const subject = user === null ? {} : { sub: user };
    const registered = { iss: "sallyport", aud: audience, iat, exp: iat + LIFE_S, ...subject };
    return signCompact(header, { provider, issuer, claims, ...registered }, privateKey);
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
