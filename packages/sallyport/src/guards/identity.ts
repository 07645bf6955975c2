import type {
  Guard,
  GuardDefinition,
  GuardServices,
  Handshake,
  HandshakeVerdict,
  Identity,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { DEFAULT_ALGORITHMS, identityOptions } from "./identity-options.ts";
import type { IdentityOptions, JwtOptions } from "./identity-options.ts";
import { parseJsonWebKeySet, readSharedSecret } from "./json-web-key-set.ts";
import type { KeySet } from "./json-web-key-set.ts";
import { loadFileKeys, loadRemoteKeys } from "./json-web-keys.ts";
import type { JsonWebKeys } from "./json-web-keys.ts";
import { readTokenHeader, verifyToken } from "./json-web-token.ts";
import type { TokenHeader, TokenRules } from "./json-web-token.ts";
import { findPresentedTokens, TOKEN_SUBPROTOCOL } from "./token-sources.ts";
import type { PresentedToken } from "./token-sources.ts";
import { VerifiedTokens } from "./verified-tokens.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

export type { IdentityOptions } from "./identity-options.ts";

const ANONYMOUS: Identity = {
  provider: "anonymous",
  user: null,
  issuer: null,
  claims: {},
  tenant: null,
  expiresAt: null,
  credential: null,
};

/** Seconds after which a client may ask again when the keys are missing. */
const RETRY_AFTER_S = 10;

type Refusal = Exclude<HandshakeVerdict, { verdict: "pass" }>;
type Judgement = VerifiedToken | Refusal;

const missing: Refusal = {
  verdict: "refuse",
  code: "identity.missing",
  detail: "no token in any place that is looked at",
  challenge: "Bearer",
};

/** RFC 6750 3.1: `invalid_token` makes a client fetch a new one. */
const invalid = (detail: string): Refusal => ({
  verdict: "refuse",
  code: "identity.invalid",
  detail,
  challenge: 'Bearer error="invalid_token"',
});

const unavailable = (problem: string | null): Refusal => ({
  verdict: "refuse",
  code: "identity.unavailable",
  detail: `no keys: ${problem}`,
  retryAfterS: RETRY_AFTER_S,
});

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
    allowNoExpiry: options.unsafeAllowNoExpiry,
  };
}

function loadKeys(options: JwtOptions, rules: TokenRules, services: GuardServices): Promise<JsonWebKeys> {
  const { jwks, jwksFile, secretFile } = options;
  if (jwks !== undefined) return loadRemoteKeys(jwks, services);
  if (jwksFile !== undefined)
    return loadFileKeys(jwksFile, (bytes) => parseJsonWebKeySet(bytes.toString("utf8")), services.emit);
  return loadFileKeys(secretFile ?? "", (bytes) => readSharedSecret(bytes, rules.algorithms), services.emit);
}

/**
 * Takes what was presented out of what goes on to the application: entries of `Sec-WebSocket-Protocol`, which only the gate
 * understands, always; the rest where `strip` says so, since an application that looked at its own token before the gate
 * stood in front of it still wants to.
 */
function strip(handshake: Handshake, presented: readonly PresentedToken[], options: JwtOptions): void {
  handshake.subprotocols = handshake.subprotocols.filter((name) => !name.startsWith(TOKEN_SUBPROTOCOL));
  if (!options.strip) return;
  const sources = new Set(presented.map(({ source }) => source));
  if (sources.has("authorization")) handshake.strippedHeaders.add("authorization");
  if (sources.has("cookie") && options.cookie !== undefined) handshake.strippedCookies.add(options.cookie);
  if (sources.has("query") && options.unsafeQueryParameter !== undefined)
    handshake.strippedQuery.add(options.unsafeQueryParameter);
}

/** Keys, and what was verified under them: other keys come with an empty memory. */
interface Epoch {
  readonly set: KeySet | null;
  readonly verified: VerifiedTokens;
}

/** The life of one route's tokens: where the keys come from, the rules, and what was verified under the keys in force. */
class TokenJudge {
  readonly #keys: JsonWebKeys;
  readonly #rules: TokenRules;
  #epoch: Epoch = { set: null, verified: new VerifiedTokens() };

  constructor(keys: JsonWebKeys, rules: TokenRules) {
    this.#keys = keys;
    this.#rules = rules;
  }

  async judge(token: string, { now, wallNow }: Pick<Handshake, "now" | "wallNow">): Promise<Judgement> {
    let epoch = this.#adopt(await this.#keys.current(now));
    if (epoch.set === null) return unavailable(this.#keys.status().problem);
    const remembered = epoch.verified.get(token, wallNow);
    if (remembered !== null) return remembered;
    const header = readTokenHeader(token, this.#rules);
    if ("fault" in header) return invalid(header.fault);
    let key = epoch.set.find(header.kid, header.alg);
    if (key === null) {
      epoch = this.#adopt(await this.#keys.renew(now));
      key = epoch.set?.find(header.kid, header.alg) ?? null;
    }
    if (key === null) return this.#unknownKey(header);
    const verified = await verifyToken(token, { key, alg: header.alg }, { rules: this.#rules, wallNow });
    if ("fault" in verified) return invalid(verified.fault);
    epoch.verified.remember(token, verified);
    return verified;
  }

  #adopt(set: KeySet | null): Epoch {
    if (set !== this.#epoch.set) this.#epoch = { set, verified: new VerifiedTokens() };
    return this.#epoch;
  }

  /** While the source fails, the key may be one that we could not learn of: that is not the caller's fault. */
  #unknownKey(header: TokenHeader): Refusal {
    const { problem } = this.#keys.status();
    if (problem !== null) return unavailable(problem);
    const kid = header.kid === undefined ? "no kid" : `kid ${JSON.stringify(header.kid.slice(0, 64))}`;
    return invalid(`not exactly one key of the set fits ${kid} and ${header.alg}`);
  }
}

/** More than one token, none, or the one to judge (RFC 6750 2). */
function single(presented: readonly PresentedToken[]): PresentedToken | Refusal {
  const [first, ...more] = presented;
  if (first === undefined) return missing;
  if (more.length === 0) return first;
  const places = presented.map(({ source }) => source).join(", ");
  return { verdict: "refuse", code: "identity.ambiguous", detail: `${presented.length} tokens: ${places}` };
}

async function createJwt(
  options: Exclude<IdentityOptions, "anonymous">,
  services: GuardServices,
): Promise<Guard> {
  const rules = rulesOf(options.jwt);
  const keys = await loadKeys(options.jwt, rules, services);
  const judge = new TokenJudge(keys, rules);
  const places = { cookie: options.jwt.cookie, queryParameter: options.jwt.unsafeQueryParameter };
  const refuse = (handshake: Handshake, refusal: Refusal): Refusal => {
    if (options.mode === "observe") handshake.identity = ANONYMOUS;
    return refusal;
  };
  return {
    name: "identity",
    mode: options.mode,
    async handshake(handshake) {
      const presented = findPresentedTokens(handshake.request, places);
      strip(handshake, presented, options.jwt);
      // A ticket said who it is: it was issued for a proof that was judged then.
      if (handshake.identity !== null) return pass;
      const chosen = single(presented);
      if ("verdict" in chosen) return refuse(handshake, chosen);
      const judged = await judge.judge(chosen.token, handshake);
      if ("verdict" in judged) return refuse(handshake, judged);
      handshake.identity = {
        provider: "jwt",
        issuer: rules.issuer,
        tenant: null,
        credential: chosen.source,
        ...judged,
      };
      return pass;
    },
    ready: () => keys.status(),
    dispose: () => keys.dispose(),
  };
}

const anonymous: Guard = {
  name: "identity",
  mode: "enforce",
  handshake(handshake) {
    handshake.identity ??= ANONYMOUS;
    return pass;
  },
};

/**
 * Refuses everyone unknown, before the upgrade. `anonymous` lets everyone through as nobody. `jwt` wants exactly one
 * token, verified by RFC 7519 and RFC 8725: none is `identity.missing` (401), more than one `identity.ambiguous` (400), one
 * that fails any check `identity.invalid` (401, and it never falls through to another provider), keys that cannot be had
 * `identity.unavailable` (503). The token is taken out of what goes on to the application. With `mode: observe` a caller
 * who would be refused goes on as anonymous.
 */
export const identity: GuardDefinition<IdentityOptions> = {
  name: "identity",
  phases: ["handshake"],
  stops: "everyone unknown",
  options: identityOptions,
  create: (options, services) => (options === "anonymous" ? anonymous : createJwt(options, services)),
};
