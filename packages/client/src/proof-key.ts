import type { ProofKey, ProofRequest } from "./socket-options.ts";

type CryptoKey = Parameters<typeof crypto.subtle.exportKey>[1];

/** A key pair of WebCrypto for ECDSA over P-256. */
export interface ProofKeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** A key that no script can read, and what is known of it. */
export interface OwnProofKey extends ProofKey {
  /** What a provider binds tokens to: `jkt`, `dpop_jkt` (RFC 7638, RFC 9449 6.1 and 10). */
  readonly thumbprint: string;
  /** Can be kept in IndexedDB, and given to `createProofKey` again. */
  readonly pair: ProofKeyPair;
}

/** How a {@link createProofKey} is made. */
export interface ProofKeyOptions {
  /** One from before. Default: a new one, whose private half cannot be exported. */
  readonly pair?: ProofKeyPair;
  /** Milliseconds since the epoch: a gate wants proofs of the last minute, by its own clock. Default: `Date.now`. */
  readonly now?: () => number;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const ID_BYTES = 16;

const encoder = new TextEncoder();

/** RFC 7515 2. */
function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function sha256(text: string): Promise<string> {
  return base64url(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/**
 * A key for sender-constrained tickets (RFC 9449): whoever steals a ticket, or a token that is bound to the key, can do nothing
 * with it, and no script of the page can take the key along. Needs a secure context.
 */
export async function createProofKey({ pair, now = Date.now }: ProofKeyOptions = {}): Promise<OwnProofKey> {
  const { privateKey, publicKey } =
    pair ?? (await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]));
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  // The members in this order are what a thumbprint is taken of (RFC 7638 3.2).
  const jwk = { crv, kty, x, y };
  const header = base64url(encoder.encode(JSON.stringify({ typ: "dpop+jwt", alg: "ES256", jwk })));
  return {
    thumbprint: await sha256(JSON.stringify(jwk)),
    pair: { privateKey, publicKey },
    async prove({ method, url, token }: ProofRequest) {
      const claims = {
        htm: method,
        htu: url,
        jti: base64url(crypto.getRandomValues(new Uint8Array(ID_BYTES))),
        iat: Math.floor(now() / 1000),
        ...(token !== null && { ath: await sha256(token) }),
      };
      const input = `${header}.${base64url(encoder.encode(JSON.stringify(claims)))}`;
      return `${input}.${base64url(await crypto.subtle.sign(SIGNATURE, privateKey, encoder.encode(input)))}`;
    },
  };
}
