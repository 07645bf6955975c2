import type { ConnectionFacts, ConnectionGuard, ConnectionHandle, GuardServices, Identity } from "./guard.ts";
import type { IntrospectionOptions } from "./identity-introspection-options.ts";
import { keepProof, proofOf } from "./identity-proof.ts";
import { invalid, unavailable, type IdentityRefusal } from "./identity-provider.ts";
import { Introspection, readClientSecret, type Introspected } from "./introspection.ts";
import { MAX_TOKEN_LENGTH, namesOf, type NamingRules } from "./json-web-token.ts";
import { createRecheck, spreadOf, type Standing } from "./recheck.ts";
import type { ProvenToken, TokenVerifier } from "./token-verifier.ts";

/** What the members of an answer must be. */
interface AnswerRules extends NamingRules {
  /** `null`: whatever the answer says. */
  readonly issuer: string | null;
  /** `null`: any. */
  readonly audience: readonly string[] | null;
}

function rulesOf({ issuer, audience, userClaim, tenantClaim }: IntrospectionOptions): AnswerRules {
  return {
    issuer: issuer ?? null,
    audience: audience ?? null,
    userClaim,
    tenantClaim: tenantClaim ?? null,
  };
}

type Members = Readonly<Record<string, unknown>>;

/** What the members say that does not change while the token lives, or what is wrong with it. */
function read(
  members: Members,
  rules: AnswerRules,
): Pick<ProvenToken, "user" | "tenant" | "issuer"> | { readonly fault: string } {
  const { iss, aud } = members;
  if (iss !== undefined && (typeof iss !== "string" || (rules.issuer !== null && iss !== rules.issuer)))
    return { fault: "member iss: another issuer" };
  const audiences = new Set([aud].flat());
  if (rules.audience !== null && !rules.audience.some((audience) => audiences.has(audience)))
    return { fault: "member aud: missing, or another audience" };
  const named = namesOf(members, rules);
  return "fault" in named ? named : { ...named, issuer: rules.issuer ?? iss ?? null };
}

/** When the token ends, in milliseconds; `null` where the provider does not say. */
function readTimes({ exp, nbf }: Members, wallNow: number): number | null | { readonly fault: string } {
  if (nbf !== undefined && !(typeof nbf === "number" && nbf * 1000 <= wallNow + CLOCK_TOLERANCE_MS))
    return { fault: "member nbf: in the future, or not a number" };
  if (exp === undefined) return null;
  if (typeof exp !== "number" || !Number.isFinite(exp) || Math.abs(exp) > MAX_DATE_S)
    return { fault: "member exp: not a time" };
  return exp * 1000 > wallNow ? exp * 1000 : { fault: "member exp: has passed" };
}

const CLOCK_TOLERANCE_MS = 5000;
/** The last second that a Date can hold. */
const MAX_DATE_S = 8_640_000_000_000;

function judge(answer: Introspected, rules: AnswerRules, wallNow: number): ProvenToken | IdentityRefusal {
  if (answer.kind === "unavailable") return unavailable(answer.problem);
  if (answer.kind === "inactive") return invalid("the provider says that the token is not active");
  const { members } = answer;
  const expiresAt = readTimes(members, wallNow);
  if (expiresAt !== null && typeof expiresAt === "object") return invalid(expiresAt.fault);
  const found = read(members, rules);
  return "fault" in found ? invalid(found.fault) : { claims: members, ...found, expiresAt };
}

/** An answer may be this old, in milliseconds, when an open connection asks: two of one token ask once. */
const RECHECK_MAX_AGE_MS = 1000;

/** What an answer means for a connection that was opened as this user. */
function standingOf(proven: ProvenToken | IdentityRefusal, { user, tenant }: Identity): Standing {
  if (!("verdict" in proven))
    return proven.user === user && proven.tenant === tenant
      ? { is: "good" }
      : { is: "withdrawn", problem: "the token is another user's, or another tenant's, by now" };
  const { code, detail } = proven;
  return { is: code === "identity.unavailable" ? "unknown" : "withdrawn", problem: detail };
}

/** Asks about the token of one open connection again and again, and has it closed when the provider says no. */
function recheck(
  everyMs: number,
  ask: (token: string) => Promise<ProvenToken | IdentityRefusal>,
  { facts, handle }: { readonly facts: ConnectionFacts; readonly handle: ConnectionHandle },
): ConnectionGuard {
  let { identity } = facts;
  const standing = async (): Promise<Standing> => {
    const [asked, token] = [identity, proofOf(identity)];
    // Refreshed by way of another process: until the proof ends nobody can ask.
    return token === null ? { is: "good" } : standingOf(await ask(token), asked);
  };
  const { again, ...guard } = createRecheck(handle, {
    everyMs,
    spread: spreadOf(facts.session),
    ask: standing,
    // The endpoint tells of its outages itself.
    onStanding: () => {},
  });
  return {
    ...guard,
    refreshed(refresh) {
      ({ identity } = refresh);
      again();
    },
  };
}

/**
 * Tokens that the provider is asked about (RFC 7662): opaque ones, or whatever names no `jwt` issuer. Only `active: true` and an
 * `exp` ahead are believed; an endpoint that cannot be asked refuses (503). The token is kept in memory for as long as its
 * connection is open, where `recheck` asks about it.
 *
 * @throws Error when the client's secret cannot be read
 */
export async function createIntrospectionVerifier(
  options: IntrospectionOptions,
  services: GuardServices,
): Promise<TokenVerifier> {
  await readClientSecret(options.clientSecretFile);
  const { cookie, unsafeQueryParameter, recheck: everyMs } = options;
  const rules = rulesOf(options);
  const introspection = new Introspection(options, services);
  const askAgain = async (token: string): Promise<ProvenToken | IdentityRefusal> =>
    judge(await introspection.ask(token, RECHECK_MAX_AGE_MS), rules, services.wallNow());
  return {
    name: "introspection",
    issuer: null,
    places: {
      cookies: cookie === undefined ? [] : [cookie],
      queryParameters: unsafeQueryParameter === undefined ? [] : [unsafeQueryParameter],
    },
    strip: options.strip,
    logout: null,
    async judge(token, { wallNow }) {
      if (token === "" || token.length > MAX_TOKEN_LENGTH)
        return invalid(`a token of ${token.length} characters; 1 to ${MAX_TOKEN_LENGTH} are accepted`);
      const proven = judge(await introspection.ask(token), rules, wallNow);
      if ("claims" in proven) keepProof(proven, token);
      return proven;
    },
    readmit({ identity: { claims, user, tenant, issuer } }) {
      const found = read(claims, rules);
      if ("fault" in found) return found.fault;
      const isSame = found.user === user && found.tenant === tenant && found.issuer === issuer;
      return isSame ? null : "the answer names another user, tenant or issuer under these options";
    },
    open: (facts, handle) => (everyMs === null ? {} : recheck(everyMs, askAgain, { facts, handle })),
    // It is asked when somebody comes: a gate that is not ready gets nobody, and would stay so.
    ready: () => ({ ready: true, problem: introspection.problem }),
    dispose: () => introspection.dispose(),
  };
}
