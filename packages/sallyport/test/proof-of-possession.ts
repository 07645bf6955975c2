import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";

/** What of a proof differs from a good one; `undefined` takes a claim out. */
export interface ProofParts {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** What it is presented with: a token or a ticket. */
  readonly token?: string;
}

/** A client with a key of its own (RFC 9449). */
export interface KeyHolder {
  readonly thumbprint: string;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
  /** A proof for this request, made now. */
  prove(method: string, url: string, parts?: ProofParts): Promise<string>;
}

/** Makes a key and signs proofs with it. @param now milliseconds since the epoch */
export async function createKeyHolder(algorithm = "ES256", now: () => number = Date.now): Promise<KeyHolder> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    jwk,
    privateJwk: await exportJWK(privateKey),
    thumbprint: await calculateJwkThumbprint(jwk),
    async prove(method, url, { claims = {}, header = {}, token } = {}) {
      const ath = token === undefined ? {} : { ath: createHash("sha256").update(token).digest("base64url") };
      const payload = {
        htm: method,
        htu: url,
        jti: randomUUID(),
        iat: Math.floor(now() / 1000),
        ...ath,
        ...claims,
      };
      return await new SignJWT(payload)
        .setProtectedHeader({ alg: algorithm, typ: "dpop+jwt", jwk, ...header })
        .sign(privateKey);
    },
  };
}
