import type { KeyObject } from "node:crypto";
import { createLogoutReceiver } from "./backchannel-logout.ts";
import type { GuardServices } from "./guard.ts";
import { DEFAULT_ALGORITHMS, type JwtOptions } from "./identity-jwt-options.ts";
import { invalid, unavailable, type IdentityRefusal } from "./identity-provider.ts";
import { parseJsonWebKeySet, readSharedSecret } from "./json-web-key-set.ts";
import type { KeySet } from "./json-web-key-set.ts";
import { loadFileKeys, loadRemoteKeys } from "./json-web-keys.ts";
import type { JsonWebKeys } from "./json-web-keys.ts";
import { findEndpoint } from "./oidc-discovery.ts";
import { checkStoredClaims, readTokenHeader, readUnverifiedClaim, verifyToken } from "./json-web-token.ts";
import type { TokenHeader, TokenRules } from "./json-web-token.ts";
import type { Clocks, ProvenToken, TokenVerifier } from "./token-verifier.ts";
import { VerifiedTokens } from "./verified-tokens.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

function rulesOf(options: JwtOptions): TokenRules {
  return {
    issuer: options.issuer,
    audience: options.audience,
    algorithms: options.algorithms ?? (options.secretFile === undefined ? DEFAULT_ALGORITHMS : ["HS256"]),
    typ: options.typ ?? null,
    clockToleranceMs: options.clockTolerance,
    maxLifetimeMs: options.maxLifetime ?? null,
    requiredClaims: options.requiredClaims,
    userClaim: options.userClaim,
    tenantClaim: options.tenantClaim ?? null,
    allowNoExpiry: options.unsafeAllowNoExpiry,
  };
}

function loadKeys(options: JwtOptions, rules: TokenRules, services: GuardServices): Promise<JsonWebKeys> {
  const { issuer, jwks, jwksFile, secretFile, unsafeAllowPlaintextJwks: unsafeAllowPlaintext } = options;
  const { fetch } = services;
  const terms = { ...services, keepMs: options.keepKeys };
  if (jwksFile !== undefined)
    return loadFileKeys(jwksFile, (bytes) => parseJsonWebKeySet(bytes.toString("utf8")), terms);
  if (secretFile !== undefined)
    return loadFileKeys(secretFile, (bytes) => readSharedSecret(bytes, rules.algorithms), terms);
  if (jwks !== undefined) return loadRemoteKeys(jwks, terms);
  const find = (signal: AbortSignal): Promise<string> =>
    findEndpoint({ issuer, fetch, signal, unsafeAllowPlaintext }, "jwks_uri");
  return loadRemoteKeys({ name: issuer, find }, terms);
}

/** So long may other keys go unnoticed where nobody waits for an answer, in milliseconds. */
const RECALL_MS = 1000;

/** Keys, and what was verified under them: other keys come with an empty memory. */
interface Epoch {
  readonly set: KeySet | null;
  readonly verified: VerifiedTokens;
}

/** The life of one issuer's tokens: where the keys come from, the rules, and what was verified under the keys in force. */
class TokenJudge {
  readonly #keys: JsonWebKeys;
  readonly #rules: TokenRules;
  /** When the keys in force were last asked for. */
  #lookedAt = -Infinity;
  #epoch: Epoch = { set: null, verified: new VerifiedTokens() };

  constructor(keys: JsonWebKeys, rules: TokenRules) {
    this.#keys = keys;
    this.#rules = rules;
  }

  /** What a token said that was verified under keys which, a second ago, were still in force. */
  recall(token: string, { now, wallNow }: Clocks): VerifiedToken | null {
    return now - this.#lookedAt < RECALL_MS ? this.#epoch.verified.get(token, wallNow) : null;
  }

  async judge(token: string, { now, wallNow }: Clocks): Promise<VerifiedToken | IdentityRefusal> {
    const epoch = this.#adopt(await this.#keys.current(now));
    this.#lookedAt = now;
    if (epoch.set === null) return unavailable(`no keys: ${this.#keys.status().problem}`);
    const remembered = epoch.verified.get(token, wallNow);
    if (remembered !== null) return remembered;
    const header = readTokenHeader(token, this.#rules);
    if ("fault" in header) return invalid(header.fault);
    const key = await this.findKey(header, now);
    if ("verdict" in key) return key;
    const verified = await verifyToken(token, { key, alg: header.alg }, { rules: this.#rules, wallNow });
    if ("fault" in verified) return invalid(verified.fault);
    this.#epoch.verified.remember(token, verified);
    return verified;
  }

  /** The key that a header names, looked for at the source where it is not known; or why there is none. */
  async findKey(header: TokenHeader, now: number): Promise<KeyObject | IdentityRefusal> {
    const known = this.#adopt(await this.#keys.current(now)).set?.find(header.kid, header.alg) ?? null;
    if (known !== null) return known;
    const renewed = this.#adopt(await this.#keys.renew(now)).set?.find(header.kid, header.alg) ?? null;
    return renewed ?? this.#unknownKey(header);
  }

  #adopt(set: KeySet | null): Epoch {
    if (set !== this.#epoch.set) this.#epoch = { set, verified: new VerifiedTokens() };
    return this.#epoch;
  }

  /** While the source fails, the key may be one that we could not learn of: that is not the caller's fault. */
  #unknownKey(header: TokenHeader): IdentityRefusal {
    const { problem } = this.#keys.status();
    if (problem !== null) return unavailable(`no keys: ${problem}`);
    const kid = header.kid === undefined ? "no kid" : `kid ${JSON.stringify(header.kid.slice(0, 64))}`;
    return invalid(`not exactly one key of the set fits ${kid} and ${header.alg}`);
  }
}

/**
 * Tokens of one issuer, verified with its keys and by its rules alone (RFC 7519, RFC 8725).
 *
 * @throws Error when a file with keys cannot be read or parsed
 */
export async function createJwtVerifier(
  options: JwtOptions,
  services: GuardServices,
): Promise<TokenVerifier> {
  const { issuer, cookie, unsafeQueryParameter, backchannelLogout: logoutOptions } = options;
  const rules = rulesOf(options);
  const keys = await loadKeys(options, rules, services);
  const judge = new TokenJudge(keys, rules);
  return {
    name: "jwt",
    issuer,
    places: {
      cookies: cookie === undefined ? [] : [cookie],
      queryParameters: unsafeQueryParameter === undefined ? [] : [unsafeQueryParameter],
    },
    strip: options.strip,
    recall(token, clocks) {
      const verified = judge.recall(token, clocks);
      return verified === null ? null : { ...verified, issuer };
    },
    claimedUser: (token) => readUnverifiedClaim(token, rules.userClaim),
    async judge(token, clocks): Promise<ProvenToken | IdentityRefusal> {
      const judged = await judge.judge(token, clocks);
      return "verdict" in judged ? judged : { ...judged, issuer };
    },
    readmit: ({ identity }) => checkStoredClaims(identity, rules),
    logout:
      logoutOptions === undefined
        ? null
        : createLogoutReceiver({
            options: logoutOptions,
            rules,
            findKey: (header, now) => judge.findKey(header, now),
            services,
          }),
    ready: () => keys.status(),
    dispose: () => keys.dispose(),
  };
}
