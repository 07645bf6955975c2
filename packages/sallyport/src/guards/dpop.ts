import { createHash } from "node:crypto";
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, errors, jwtVerify } from "jose";
import type { JWK, JWTPayload } from "jose";
import { problemOf } from "../problem-of.ts";
import type { GuardServices, Handshake } from "./guard.ts";

/** What a subprotocol entry that carries a proof begins with: browsers cannot send the header with a WebSocket. */
export const PROOF_SUBPROTOCOL = "sallyport.proof.";

/** What a proof must be a proof of. */
export interface ProofTerms {
  readonly proof: string;
  readonly method: "GET" | "POST" | (string & {});
  /** What the request was for, `https://host[:port]/path`, as the client sees it. */
  readonly url: string;
  /** The token or ticket that it is presented with: `ath` must be its SHA-256; `null`: there is none. */
  readonly token: string | null;
}

/** The key that was proved to be at hand, or what is wrong with the proof; nothing of the proof stands in a fault. */
export type Proven =
  | { readonly thumbprint: string }
  | { readonly fault: string }
  | { readonly outage: string };

/** A proof takes some 600 characters with an RSA key of 2048 bits, 1,400 with one of 4096. */
const MAX_PROOF_LENGTH = 4096;
/** An identifier of 128 random bits takes 22; a UUID 36. */
const MAX_ID_LENGTH = 256;
/** A proof is fresh for so long, both milliseconds (RFC 9449 11.1). */
const FRESH_MS = 60_000;
const AHEAD_MS = 5000;
/** Public keys of 4096 bits with an exponent of 48: verifying costs time with the length of both. */
const MAX_RSA_CHARACTERS = { n: 683, e: 8 };

/** Asymmetric alone (RFC 9449 4.2). */
const ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "PS384", "PS512", "RS256"];
/** The members that a public key of each kind has, and no others that matter (RFC 7518 6, RFC 8037 2). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** What a 401 for want of a proof asks for (RFC 9449 7.1). */
export const PROOF_CHALLENGE: string = `DPoP error="invalid_dpop_proof", algs="${ALGORITHMS.join(" ")}"`;

/** Every proof that the request presents, in the header or in a subprotocol entry. */
export function presentedProofs({ request }: Pick<Handshake, "request">): string[] {
  const entries = request.subprotocols.filter((name) => name.startsWith(PROOF_SUBPROTOCOL));
  return [...request.headers.all("dpop"), ...entries.map((name) => name.slice(PROOF_SUBPROTOCOL.length))];
}

/** The method and URL that a proof for this request must name: a WebSocket is a GET, also where HTTP/2 says CONNECT (RFC 8441). */
export function proofTarget({ request }: Pick<Handshake, "request">): Pick<ProofTerms, "method" | "url"> {
  const { kind, method, secure, headers, host, path, ownPath } = request;
  const authority = headers.get("host") ?? host;
  return {
    method: kind === "websocket" ? "GET" : method,
    url: `${secure ? "https" : "http"}://${authority}${ownPath ?? path}`,
  };
}

/** Whether two URLs are the same but for query and fragment, after normalisation (RFC 9449 4.3, RFC 3986 6.2). */
function isSameTarget(claimed: unknown, actual: string): boolean {
  const [one, other] = [typeof claimed === "string" ? URL.parse(claimed) : null, URL.parse(actual)];
  return (
    one !== null &&
    other !== null &&
    one.username === "" &&
    one.password === "" &&
    one.origin === other.origin &&
    one.pathname === other.pathname
  );
}

/** What is wrong with the key that a proof carries, or `null`. Asked before anything is computed with it. */
function keyFault(jwk: JWK): string | null {
  const found = PRIVATE_MEMBERS.find((member) => Object.hasOwn(jwk, member));
  if (found !== undefined) return `its key has the private member ${found}`;
  const { n = "", e = "" } = jwk;
  const isLong = n.length > MAX_RSA_CHARACTERS.n || e.length > MAX_RSA_CHARACTERS.e;
  return isLong ? "its key has more than 4096 bits, or a long exponent" : null;
}

/** What is wrong with the claims of a proof whose signature holds, or `null`. */
function claimsFault(claims: JWTPayload, { method, url, token }: ProofTerms, wallNow: number): string | null {
  const { htm, htu, iat, jti, ath } = claims;
  if (htm !== method) return "claim htm: not the method of the request";
  if (!isSameTarget(htu, url)) return "claim htu: not the URL of the request";
  if (typeof iat !== "number" || iat * 1000 < wallNow - FRESH_MS || iat * 1000 > wallNow + AHEAD_MS)
    return "claim iat: not within 60 s";
  if (typeof jti !== "string" || jti === "" || jti.length > MAX_ID_LENGTH)
    return "claim jti: missing, or too long";
  const hash = token === null ? null : createHash("sha256").update(token, "latin1").digest("base64url");
  if (hash !== null && ath !== hash) return "claim ath: not the hash of what it is presented with";
  return null;
}

function describeFailure(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return `claim ${error.claim}: ${error.reason}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the signature does not verify";
  return `it cannot be verified (${error instanceof errors.JOSEError ? error.code : "its key is none"})`;
}

/**
 * Checks a proof of possession (RFC 9449 4.3): signed by the public key that it carries, for this method, URL and token, fresh
 * within a minute, and not seen before. Never rejects.
 *
 * @param wallNow milliseconds since the epoch
 */
export async function verifyProof(
  terms: ProofTerms,
  services: Pick<GuardServices, "tickets">,
  wallNow: number,
): Promise<Proven> {
  if (terms.proof.length > MAX_PROOF_LENGTH) return { fault: `longer than ${MAX_PROOF_LENGTH} characters` };
  try {
    const { jwk = {} } = decodeProtectedHeader(terms.proof);
    const keyProblem = keyFault(jwk);
    if (keyProblem !== null) return { fault: keyProblem };
    const { payload } = await jwtVerify(terms.proof, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ALGORITHMS,
      currentDate: new Date(wallNow),
      clockTolerance: AHEAD_MS / 1000,
    });
    const fault = claimsFault(payload, terms, wallNow);
    if (fault !== null) return { fault };
    const thumbprint = await calculateJwkThumbprint(jwk, "sha256");
    return await once(thumbprint, payload, { services, wallNow });
  } catch (error) {
    return { fault: describeFailure(error) };
  }
}

async function once(
  thumbprint: string,
  { jti, iat = 0 }: JWTPayload,
  { services, wallNow }: { readonly services: Pick<GuardServices, "tickets">; readonly wallNow: number },
): Promise<Proven> {
  const key = `dpop ${createHash("sha256").update(`${thumbprint} ${jti}`).digest("hex")}`;
  try {
    const [issuedAt, until] = [iat * 1000, iat * 1000 + FRESH_MS + 1];
    const first = await services.tickets.useOnce({ key, issuedAt, until }, wallNow);
    return first ? { thumbprint } : { fault: "it was presented before (claim jti)" };
  } catch (error) {
    return { outage: problemOf(error) };
  }
}
