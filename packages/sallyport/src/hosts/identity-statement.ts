import { exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";
import type { Identity } from "../guards/guard.ts";

/** Signs, for the application, who the caller is. */
export interface IdentityStatements {
  /** The key set that verifies the statements, served at `/.sallyport/jwks.json`. */
  readonly keySet: { readonly keys: readonly JWK[] };
  /** A signed JWT for `Sallyport-Identity`. @param session `null` on plain HTTP */
  sign(identity: Identity, session: string | null): Promise<string>;
}

const ALGORITHM = "ES256";
/** The application reads it at once, at the handshake. */
const LIFE_S = 60;

/** Makes a key that lives as long as the process, and statements with it: `iss` sallyport, a minute long (RFC 7519, 8725). */
export async function createIdentityStatements(wallNow: () => number): Promise<IdentityStatements> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const publicJwk = await exportJWK(publicKey);
  const kid = crypto.randomUUID();
  return {
    keySet: { keys: [{ ...publicJwk, kid, alg: ALGORITHM, use: "sig" }] },
    sign(identity, session) {
      const issuedAt = Math.floor(wallNow() / 1000);
      const { provider, user, issuer, claims } = identity;
      const statement = { provider, issuer, claims, ...(session === null ? {} : { session }) };
      const token = new SignJWT(statement)
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: "sallyport-identity+jwt" })
        .setIssuer("sallyport")
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + LIFE_S);
      if (user !== null) token.setSubject(user);
      return token.sign(privateKey);
    },
  };
}
