import type { ConnectionFacts, Denial, Guard, Identity } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import type { Gate, OpenSession } from "./gate.ts";

/** The first enforced refusal of an open connection by these guards; `null`: it may stay. A guard that throws refuses. */
export function readmit(guards: readonly Guard[], facts: ConnectionFacts): Denial | null {
  for (const guard of guards) {
    if (guard.mode !== "enforce") continue;
    try {
      const verdict = guard.readmit?.(facts);
      if (verdict !== undefined && verdict.verdict === "refuse") return verdict;
    } catch (error) {
      const detail = `${guard.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      return { code: "session.guard-failed", detail };
    }
  }
  return null;
}

/** Puts a new proof of the same user in force on an open connection; closes it where the route does not admit it any more. */
export function putInForce(gate: Gate, open: OpenSession, route: Route, identity: Identity): Denial | null {
  const { credential } = open.facts.identity;
  const facts: ConnectionFacts = { ...open.facts, identity: { ...identity, credential } };
  const refused = readmit(route.guards, facts);
  if (refused !== null) {
    open.driver.close(refused.code, refused.detail);
    return refused;
  }
  open.facts = facts;
  const [wallNow, now] = [gate.wallNow(), gate.now()];
  open.driver.refresh({ identity: facts.identity, wallNow, now });
  const { session, address } = facts;
  const until = identity.expiresAt === null ? null : new Date(identity.expiresAt).toISOString();
  gate.emit({ type: "refresh", session, route: route.id, address, user: identity.user, until });
  return null;
}
