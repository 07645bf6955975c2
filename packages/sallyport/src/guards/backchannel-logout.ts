import { hash, randomUUID } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { JWTPayload } from "jose";
import { problemOf } from "../problem-of.ts";
import type { Denial, GuardServices, LogoutReceiver } from "./guard.ts";
import type { BackchannelLogoutOptions } from "./identity-jwt-options.ts";
import type { IdentityRefusal } from "./identity-provider.ts";
import { isLogout, readTokenHeader, verifySignedClaims } from "./json-web-token.ts";
import type { TokenHeader, TokenRules } from "./json-web-token.ts";
import { quoted } from "./quoted.ts";
import type { Revocation } from "./shared-state.ts";

/** How old a logout token may be, milliseconds: providers send it at once, and try again for a while. */
export const MAX_LOGOUT_AGE_MS = 300_000;
/** How long a logout stays in force where tokens have no `maxLifetime`, milliseconds: a day, longer than most tokens live. */
export const LOGOUT_LIFE_MS = 86_400_000;

/** What verifies the logout tokens of one issuer. */
export interface LogoutProof {
  readonly options: BackchannelLogoutOptions;
  /** The rules of the issuer's access tokens. */
  readonly rules: TokenRules;
  /** The issuer's key for a header, or why there is none. @param now monotonic milliseconds */
  readonly findKey: (header: TokenHeader, now: number) => Promise<KeyObject | IdentityRefusal>;
}

/** What verifies them, and puts in force what they say. */
export interface LogoutParts extends LogoutProof {
  readonly services: Pick<GuardServices, "emit" | "tickets" | "revocations">;
}

/** What a logout token says that was verified. A subject, a session of the provider, or both. */
export interface Logout {
  readonly subject: string | undefined;
  readonly providerSession: string | undefined;
  readonly tokenId: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isAbsentOrText = (value: unknown): value is string | undefined => value === undefined || isText(value);

/** OpenID Connect Back-Channel Logout 1.0 section 2.6, from step 3. */
function readLogout(claims: JWTPayload, toleranceMs: number, wallNow: number): Logout | string {
  const { iat, exp, sub, sid, jti, nonce } = claims;
  if (!isLogout(claims)) return "claim events: not that of a logout";
  if (nonce !== undefined) return "claim nonce: that of an ID token";
  if (!isAbsentOrText(sub) || !isAbsentOrText(sid)) return "claims sub, sid: not a string";
  if (sub === undefined && sid === undefined) return "claims sub, sid: both missing";
  if (!isText(jti)) return "claim jti: missing or not a string";
  if (typeof iat !== "number") return "claim iat: missing";
  const age = wallNow - iat * 1000;
  if (!(age >= -toleranceMs && age <= MAX_LOGOUT_AGE_MS)) return "claim iat: in the future, or too old";
  if (exp !== undefined && !(typeof exp === "number" && exp * 1000 > wallNow)) return "claim exp: has passed";
  return { subject: sub, providerSession: sid, tokenId: jti, issuedAt: iat * 1000 };
}

/**
 * What a logout revokes: the session that it names and, for tokens that name no session, everything of the user that was
 * issued until then; without a session, everything of the user until then. Who signs in again is let in.
 */
function revocationsOf(
  { subject, providerSession, issuedAt }: Logout,
  terms: Pick<Revocation, "issuer" | "createdAt" | "expiresAt">,
): readonly Revocation[] {
  const common = { ...terms, reason: "signed out at the provider", closes: true };
  const found: Revocation[] = [];
  if (providerSession !== undefined) found.push({ ...common, id: randomUUID(), providerSession });
  if (subject !== undefined)
    found.push({
      ...common,
      id: randomUUID(),
      subject,
      // A token of the same second was issued before: providers sign in first, and out after.
      issuedBefore: issuedAt + 1000,
      ...(providerSession === undefined ? {} : { withoutProviderSession: true as const }),
    });
  return found;
}

const refused = (detail: string): Denial => ({ code: "identity.logout", detail });
const unavailable = (error: unknown): Denial => ({
  code: "identity.unavailable",
  detail: `a logout cannot be noted: ${problemOf(error)}`,
});

/** The header by the type that is wanted; `any` takes what access tokens may have besides. */
function readHeader(
  token: string,
  { typ }: BackchannelLogoutOptions,
  rules: TokenRules,
): ReturnType<typeof readTokenHeader> {
  const strict = readTokenHeader(token, { ...rules, typ: "logout+jwt" });
  return "fault" in strict && typ === "any" ? readTokenHeader(token, { ...rules, typ: null }) : strict;
}

async function putInForce(
  logout: Logout,
  { rules, services }: LogoutParts,
  wallNow: number,
): Promise<Denial | null> {
  const { issuer, clockToleranceMs, maxLifetimeMs } = rules;
  const { tickets, revocations, emit } = services;
  const until = logout.issuedAt + MAX_LOGOUT_AGE_MS + clockToleranceMs;
  const key = `logout ${hash("sha256", JSON.stringify([issuer, logout.tokenId]))}`;
  // Taken once more it ends what it ended before and nothing since: better twice than not at all.
  if (!(await tickets.useOnce({ key, issuedAt: null, until }, wallNow)))
    return refused("claim jti: this logout was taken before");
  const expiresAt = wallNow + (maxLifetimeMs ?? LOGOUT_LIFE_MS);
  for (const revocation of revocationsOf(logout, { issuer, createdAt: wallNow, expiresAt }))
    if (!(await revocations.add(revocation)))
      return unavailable("there is no room for revocations, or others cannot be told of them");
  const { subject, providerSession } = logout;
  const who =
    subject === undefined ? `session ${quoted(String(providerSession))}` : `user ${quoted(subject)}`;
  emit({
    type: "gate",
    level: "info",
    message: "identity: signed out at the provider",
    detail: `${who} of ${issuer}`,
  });
  return null;
}

/**
 * What a logout token says (OpenID Connect Back-Channel Logout 1.0 section 2.6): signed by the issuer's keys, for this client, fresh, an event
 * and no identity. Or why it is not believed. That it was not taken before is not looked at here.
 */
export async function readLogoutToken(
  token: string,
  { options, rules: issuerRules, findKey }: LogoutProof,
  { now, wallNow }: { readonly now: number; readonly wallNow: number },
): Promise<Logout | Denial> {
  const rules: TokenRules = { ...issuerRules, audience: [options.clientId], requiredClaims: [] };
  const header = readHeader(token, options, rules);
  if ("fault" in header) return refused(header.fault);
  const key = await findKey(header, now);
  if ("verdict" in key) return key.code === "identity.unavailable" ? key : refused(key.detail);
  const signed = await verifySignedClaims(token, { key, alg: header.alg }, { rules, wallNow });
  if ("fault" in signed) return refused(signed.fault);
  const logout = readLogout(signed.claims, rules.clockToleranceMs, wallNow);
  return typeof logout === "string" ? refused(logout) : logout;
}

/**
 * Takes the logout tokens of one issuer for one client (OpenID Connect Back-Channel Logout 1.0), each once. What a token names is revoked, so
 * that its connections are closed within a second, wherever they are.
 */
export function createLogoutReceiver(parts: LogoutParts): LogoutReceiver {
  const { options, rules } = parts;
  return {
    issuer: rules.issuer,
    clientId: options.clientId,
    async accept(token, clocks) {
      const logout = await readLogoutToken(token, parts, clocks);
      if ("code" in logout) return logout;
      try {
        return await putInForce(logout, parts, clocks.wallNow);
      } catch (error) {
        return unavailable(error);
      }
    },
  };
}
