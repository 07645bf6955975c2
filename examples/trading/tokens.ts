import { randomUUID } from "node:crypto";

import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** What a token is for: a connection, or the messages on it. */
export type Purpose = "connection" | "message";

/** Who signs the tokens of the trading desk. */
export interface TokenIssuer {
  /** The key that everybody checks them with, as a JSON Web Key Set (RFC 7517). */
  readonly keys: { readonly keys: readonly JWK[] };
  /** A token that says who somebody is, what accounts are theirs and what they may do. */
  sign(user: string, purpose: Purpose): Promise<{ readonly token: string; readonly expiresAt: string }>;
}

/** For how long the tokens of either purpose are good, in seconds. */
export type TokenLives = Readonly<Record<Purpose, number>>;

/** Who may only look. */
const viewers: ReadonlySet<string> = new Set(["vera"]);

/** Makes a key, which lives as long as the process. */
export async function createTokenIssuer(lives: TokenLives): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const kid = randomUUID();
  const key = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
  return {
    keys: { keys: [key] },
    async sign(user, purpose) {
      const expires = Math.floor(Date.now() / 1000) + lives[purpose];
      const role = viewers.has(user) ? "viewer" : "trader";
      const token = await new SignJWT({ accounts: [user], role, limit: 500 })
        .setProtectedHeader({ alg: "ES256", kid })
        .setIssuer("https://trading.example")
        .setAudience("trading")
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime(expires)
        .setJti(randomUUID())
        .sign(privateKey);
      return { token, expiresAt: new Date(expires * 1000).toISOString() };
    },
  };
}
