import type { KeyObject } from "node:crypto";
import { errors, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import { parseJson } from "../dialects/parse-json.ts";
import type { Identity } from "./guard.ts";
import { findAmbiguousMember } from "./json-members.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

/** How the fault of a token begins that is good but for its end. */
export const ENDED = "claim exp: ended";

/** What a token must be to be accepted. Times in milliseconds. */
export interface TokenRules {
  readonly issuer: string;
  /** One of these must stand in `aud`. */
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  /** The `typ` it must have; `null`: `JWT`, `at+jwt` or none. */
  readonly typ: string | null;
  /** For `nbf` and `iat` alone; `exp` is strict. */
  readonly clockToleranceMs: number;
  /** From `iat` to `exp` at most; `null`: any. */
  readonly maxLifetimeMs: number | null;
  readonly requiredClaims: readonly string[];
  /** The claim that names the user. */
  readonly userClaim: string;
  /** The claim that names the tenant; `null`: users have none. */
  readonly tenantClaim: string | null;
  readonly allowNoExpiry: boolean;
}

/** The parts of a token's header that choose the key. Not verified yet. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
}

/** A check that failed, for the operator alone: never the token. */
export interface TokenFault {
  readonly fault: string;
}

/** Longest token, in characters: an access token is 1 to 2 KiB, and a request head ends at 16 KiB. */
export const MAX_TOKEN_LENGTH = 8192;
/** Headers by which a token would bring or fetch its own key, or change what is verified (RFC 8725 3.10, RFC 7515 4.1.11, RFC 7797). */
const FORBIDDEN_HEADERS = ["jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "enc"];
/** The last second that a Date can hold. */
const MAX_DATE_S = 8_640_000_000_000;
const BACKSLASH = 0x5c;
const DEFAULT_TYPES = ["jwt", "at+jwt"];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes a segment; `null` unless it is the one canonical base64url form of some bytes. */
function decodeSegment(segment: string): Buffer | null {
  const bytes = Buffer.from(segment, "base64url");
  return segment !== "" && bytes.toString("base64url") === segment ? bytes : null;
}

function parseObject(
  bytes: Uint8Array,
  part: string,
): { readonly members: Record<string, unknown> } | TokenFault {
  try {
    const text = decoder.decode(bytes);
    const value = parseJson(text);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { fault: `the ${part} is not a JSON object` };
    const member = findAmbiguousMember(text);
    if (member !== null)
      return { fault: `the ${part} repeats the member ${quote(member)}, or may not have it` };
    return { members: { ...value } };
  } catch {
    return { fault: `the ${part} is not JSON in UTF-8` };
  }
}

/** A value of an unverified token as a log may hold it: quoted and cut. */
const quote = (value: unknown): string =>
  value === undefined ? "(missing)" : JSON.stringify(value).slice(0, 64);

function checkType(typ: unknown, wanted: string | null): TokenFault | null {
  if (typ === undefined && wanted === null) return null;
  const name = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : null;
  const allowed = wanted === null ? DEFAULT_TYPES : [wanted.toLowerCase().replace(/^application\//, "")];
  return name !== null && allowed.includes(name)
    ? null
    : { fault: `typ ${quote(typ)} is not ${allowed.join(" or ")} (RFC 8725 3.11)` };
}

function checkHeader(header: Record<string, unknown>, rules: TokenRules): TokenHeader | TokenFault {
  const { alg, kid, typ } = header;
  const forbidden = FORBIDDEN_HEADERS.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined)
    return { fault: `the header has ${forbidden} (RFC 8725 3.10, RFC 7515 4.1.11)` };
  if (typeof alg !== "string" || !rules.algorithms.includes(alg))
    return { fault: `alg ${quote(alg)} is not one of ${rules.algorithms.join(", ")} (RFC 8725 3.1)` };
  if (kid !== undefined && typeof kid !== "string") return { fault: "kid is not a string (RFC 7515 4.1.4)" };
  return checkType(typ, rules.typ) ?? { alg, kid };
}

/**
 * Reads the header of a compact JWS (RFC 7515 3.1) and refuses what no rule could accept: more than 8 KiB, an encrypted
 * token, segments that are empty or not canonical base64url, members that stand twice, an algorithm or type outside the
 * rules, and headers that bring their own key or change the verification (RFC 8725 3.1, 3.10, 3.11).
 */
export function readTokenHeader(token: string, rules: TokenRules): TokenHeader | TokenFault {
  if (token.length > MAX_TOKEN_LENGTH) return { fault: `longer than ${MAX_TOKEN_LENGTH} characters` };
  const segments = token.split(".");
  if (segments.length === 5) return { fault: "an encrypted token (JWE): only signed tokens are accepted" };
  if (segments.length !== 3) return { fault: "not a signed token of three segments (RFC 7515 3.1)" };
  const [head, ...rest] = segments.map((segment) => decodeSegment(segment));
  if (head === null || head === undefined || rest.includes(null))
    return { fault: "a segment is empty or not canonical base64url (RFC 4648 3.5)" };
  const header = parseObject(head, "header");
  return "fault" in header ? header : checkHeader(header.members, rules);
}

function describeFailure(error: unknown, wallNow: number): string {
  if (error instanceof errors.JWTExpired) return endedAgo(Number(error.payload.exp), wallNow);
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return `claim ${error.claim}: ${error.reason}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the signature does not verify";
  return `it cannot be verified (${error instanceof errors.JOSEError ? error.code : "internal"})`;
}

/** The end of the token in milliseconds, `null` for none. `exp` is an integer and strict, without tolerance (RFC 7519 4.1.4). */
function checkExpiry(claims: JWTPayload, rules: TokenRules, wallNow: number): number | null | TokenFault {
  const { exp } = claims;
  if (exp === undefined) return rules.allowNoExpiry ? null : { fault: "claim exp: missing (RFC 8725 3.10)" };
  if (!Number.isInteger(exp) || exp > MAX_DATE_S)
    return { fault: "claim exp: not a whole number of seconds" };
  return exp * 1000 > wallNow ? exp * 1000 : { fault: endedAgo(exp, wallNow) };
}

/** The same for every end, however long ago: the watch tells a token that was good from one that never was. */
function endedAgo(exp: number, wallNow: number): string {
  return `${ENDED} ${Math.floor(wallNow / 1000 - exp)} s ago`;
}

function checkIssuedAt(
  claims: Pick<JWTPayload, "iat" | "exp">,
  rules: TokenRules,
  wallNow: number,
): TokenFault | null {
  const { iat, exp } = claims;
  if (iat !== undefined && iat * 1000 > wallNow + rules.clockToleranceMs)
    return { fault: "claim iat: in the future" };
  if (rules.maxLifetimeMs === null) return null;
  const life = (exp ?? Infinity) - (iat ?? -Infinity);
  return life * 1000 <= rules.maxLifetimeMs
    ? null
    : { fault: "claims iat, exp: missing, or further apart than maxLifetime" };
}

/** The event of a logout token (OpenID Connect Back-Channel Logout 2.4): with it a token proves nobody's identity. */
export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** Whether the claims are those of a logout token. */
export function isLogout({ events }: Readonly<Record<string, unknown>>): boolean {
  return typeof events === "object" && events !== null && Object.hasOwn(events, LOGOUT_EVENT);
}

function checkClaims(claims: JWTPayload, rules: TokenRules, wallNow: number): VerifiedToken | TokenFault {
  if (isLogout(claims)) return { fault: "a logout token, which proves nobody's identity" };
  const expiresAt = checkExpiry(claims, rules, wallNow);
  if (expiresAt !== null && typeof expiresAt === "object") return expiresAt;
  const issued = checkIssuedAt(claims, rules, wallNow);
  if (issued !== null) return issued;
  const named = namesOf(claims, rules);
  if ("fault" in named) return named;
  if (claims.sub !== undefined && typeof claims.sub !== "string") return { fault: "claim sub: not a string" };
  return { claims: Object.freeze(claims), ...named, expiresAt };
}

/** Which claims name the user and, where there is one, the tenant. */
export type NamingRules = Pick<TokenRules, "userClaim" | "tenantClaim">;

/** The user and the tenant that these claims name. Both are strings that are not empty, or the token is refused. */
export function namesOf(
  claims: Readonly<Record<string, unknown>>,
  { userClaim, tenantClaim }: NamingRules,
): Pick<VerifiedToken, "user" | "tenant"> | TokenFault {
  const user = claims[userClaim];
  if (typeof user !== "string" || user === "")
    return { fault: `claim ${userClaim}: missing or not a string` };
  if (tenantClaim === null) return { user, tenant: null };
  const tenant = claims[tenantClaim];
  if (typeof tenant !== "string" || tenant === "")
    return { fault: `claim ${tenantClaim}: missing or not a string` };
  return { user, tenant };
}

/**
 * Why the claims of an identity that was proven before would not be accepted under these rules now, or `null`: another
 * audience, a claim that is required, another claim that names the user or the tenant, a life that is too long. Keys and
 * algorithms are not looked at: keys change, and their tokens stay good.
 */
export function checkStoredClaims(
  { claims, user, tenant }: Pick<Identity, "claims" | "user" | "tenant">,
  rules: TokenRules,
): string | null {
  if (!isFor(claims["aud"], rules.audience)) return "claim aud: another audience";
  const missing = rules.requiredClaims.find((name) => claims[name] === undefined);
  if (missing !== undefined) return `claim ${missing}: missing`;
  const named = namesOf(claims, rules);
  if ("fault" in named) return named.fault;
  if (named.user !== user) return `claim ${rules.userClaim}: names another user`;
  if (named.tenant !== tenant) return `claim ${rules.tenantClaim ?? "tenantClaim"}: names another tenant`;
  return checkIssuedAt(claims, rules, Number.POSITIVE_INFINITY)?.fault ?? null;
}

/** Whether the claim `aud`, a text or a list of them (RFC 7519 4.1.3), names one of these. */
function isFor(claim: unknown, audience: readonly string[]): boolean {
  if (typeof claim === "string") return audience.includes(claim);
  const named = new Set([claim].flat());
  return audience.some((one) => named.has(one));
}

/**
 * What a token says by its own words, of which nothing is verified; `null` where it is not a signed JWT of at most 8 KiB that has
 * this claim, as a text.
 */
export function readUnverifiedClaim(token: string, claim: string): string | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const [, payload = "", ...rest] = token.split(".");
  const bytes = rest.length === 1 ? decodeSegment(payload) : null;
  if (bytes === null) return null;
  const read = parseObject(bytes, "payload");
  const said = "members" in read && Object.hasOwn(read.members, claim) ? read.members[claim] : null;
  return typeof said === "string" ? said : null;
}

/** Who issued a token, as `readUnverifiedClaim` has it: good for choosing whose rules it must meet, and for nothing else. */
export function readUnverifiedIssuer(token: string): string | null {
  return readUnverifiedClaim(token, "iss");
}

/** What a token says once its signature and the claims that every kind of token has were verified. */
export type SignedClaims = { readonly claims: JWTPayload } | TokenFault;

/** A key of the issuer, and the algorithm that the token names and the key is for. */
export interface ChosenKey {
  readonly key: KeyObject;
  readonly alg: string;
}

/**
 * Verifies the signature with this key and algorithm, then `iss`, `aud`, `nbf` and the required claims, whatever kind of token
 * it is (RFC 7519 4.1, RFC 8725 3.8 and 3.9). Never throws for what a token holds.
 *
 * @param wallNow milliseconds since the epoch
 */
export async function verifySignedClaims(
  token: string,
  { key, alg }: ChosenKey,
  { rules, wallNow }: { readonly rules: TokenRules; readonly wallNow: number },
): Promise<SignedClaims> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [alg],
      issuer: rules.issuer,
      audience: [...rules.audience],
      requiredClaims: [...rules.requiredClaims],
      clockTolerance: rules.clockToleranceMs / 1000,
      currentDate: new Date(wallNow),
    });
    const text = token.slice(token.indexOf(".") + 1, token.lastIndexOf("."));
    const bytes = Buffer.from(text, "base64url");
    const strict = parseObject(bytes, "payload");
    if ("fault" in strict) return strict;
    // The library parses the payload by itself, and V8 may take names with escapes for others (nodejs/node#63785).
    return !bytes.includes(BACKSLASH) || JSON.stringify(strict.members) === JSON.stringify(payload)
      ? { claims: payload }
      : { fault: "the payload has names with escapes that readers take for others" };
  } catch (error) {
    return { fault: describeFailure(error, wallNow) };
  }
}

/**
 * Verifies an access token: its signature with this key and algorithm, then the claims: `iss`, `aud`, `nbf`, `iat`, `exp`, the
 * required ones and the user's. Never throws for what a token holds.
 *
 * @param wallNow milliseconds since the epoch
 */
export async function verifyToken(
  token: string,
  chosen: ChosenKey,
  terms: { readonly rules: TokenRules; readonly wallNow: number },
): Promise<VerifiedToken | TokenFault> {
  const signed = await verifySignedClaims(token, chosen, terms);
  return "fault" in signed ? signed : checkClaims(signed.claims, terms.rules, terms.wallNow);
}
