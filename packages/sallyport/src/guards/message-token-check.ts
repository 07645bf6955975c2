import { hash, timingSafeEqual } from "node:crypto";
import type { ConnectionFacts, Denial, GuardServices, Identity, TokenJudging } from "./guard.ts";
import { MAX_TOKEN_LENGTH } from "./json-web-token.ts";
import { quoted } from "./quoted.ts";

/** Why a value is refused, `null` where it is not, or what to wait for before the same value is checked again. */
export type MessageTokenFinding = Denial | null | Promise<void>;

/** How values of one connection's messages are checked. */
export interface MessageTokenCheck {
  /** @param now monotonic milliseconds */
  readonly check: (value: string, now: number) => MessageTokenFinding;
  /** Another proof of the same user is in force. */
  readonly refreshed?: (identity: Identity) => void;
}

type Services = Pick<GuardServices, "revocations" | "wallNow">;

const invalid = (detail: string): Denial => ({ code: "messageToken.invalid", detail });

/** Whether a token is this connection's own, and in force. */
function judge(token: Identity, facts: ConnectionFacts, services: Services): Denial | null {
  const { user, issuer, tenant } = facts.identity;
  const wallNow = services.wallNow();
  if (token.expiresAt !== null && token.expiresAt <= wallNow) return invalid("it has ended");
  // A message brings no proof of the key (RFC 7800 3, RFC 9449 7.1).
  if (token.claims["cnf"] !== undefined) return invalid("claim cnf: bound to a key, which no message proves");
  if (token.user !== user || token.issuer !== issuer || token.tenant !== tenant) {
    const whose = `user ${quoted(String(token.user))} of ${quoted(String(token.issuer))}`;
    const tenantOf = token.tenant === null ? "" : ` in tenant ${quoted(token.tenant)}`;
    return { code: "messageToken.other-user", detail: `it is of ${whose}${tenantOf}` };
  }
  const { iat } = token.claims;
  const issuedAt = typeof iat === "number" ? iat * 1000 : facts.wallNow;
  const revoked = services.revocations.find({ identity: token, session: facts.session, issuedAt }, wallNow);
  // One that a newer token of the same session replaced ends no connection that is open.
  return revoked?.closes === true ? invalid(`revocation ${revoked.id}: ${revoked.reason}`) : null;
}

/** A token that is being judged, and what was found. */
interface Question {
  readonly token: string;
  answer: Identity | Denial | null;
}

const UNJUDGED: Denial = { code: "identity.unavailable", detail: "it could not be judged" };

/**
 * Checks each value as a token, by the route's `identity`: valid, of the connection's own user, issuer and tenant, not revoked.
 * One that was verified before costs a hash; for any other there is an answer to wait for.
 */
export function checkTokens(
  tokens: TokenJudging,
  facts: ConnectionFacts,
  services: Services,
): MessageTokenCheck {
  let asked: Question | null = null;
  return {
    check(token, now) {
      if (token.length > MAX_TOKEN_LENGTH) return invalid(`longer than ${MAX_TOKEN_LENGTH} characters`);
      const clocks = { now, wallNow: services.wallNow() };
      const answer = asked?.token === token ? asked.answer : null;
      const found = answer ?? tokens.recall(token, clocks);
      asked = null;
      if (found === null) {
        const question: Question = { token, answer: null };
        asked = question;
        return tokens.judge(token, clocks).then(
          (judged) => void (question.answer = judged),
          () => void (question.answer = UNJUDGED),
        );
      }
      if (!("code" in found)) return judge(found, facts, services);
      const { code, detail } = found;
      return code === "identity.unavailable" ? { code: "messageToken.unavailable", detail } : invalid(detail);
    },
  };
}

const digest = (value: string): Buffer => hash("sha256", value, "buffer");

/** Checks that each value is what is expected of this connection, in a time that does not tell how much of it is right. */
function checkEqual(wanted: () => unknown, what: string): MessageTokenCheck {
  return {
    check(value) {
      const own = wanted();
      const same = typeof own === "string" && own !== "" && timingSafeEqual(digest(own), digest(value));
      return same ? null : invalid(`it is not ${what}`);
    },
  };
}

/** Checks that each value is the id of the connection's own session. */
export function checkSession({ session }: ConnectionFacts): MessageTokenCheck {
  return checkEqual(() => session, "the id of this session");
}

/** Checks that each value is what a claim of the connection's own proof says. Without that claim none is. */
export function checkClaim(name: string, facts: ConnectionFacts): MessageTokenCheck {
  let { claims } = facts.identity;
  return {
    ...checkEqual(() => (Object.hasOwn(claims, name) ? claims[name] : null), `the claim ${quoted(name)}`),
    refreshed(identity) {
      ({ claims } = identity);
    },
  };
}
