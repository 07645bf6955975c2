import { guardFailure } from "../session/session-events.ts";
import type { ConnectionFacts, Denial, Guard, Identity } from "../guards/guard.ts";
import { matchRoute } from "../policy/match-route.ts";
import type { Policy, Route } from "../policy/policy.ts";
import type { Gate, OpenSession } from "./gate.ts";

/** What a reload did to the connections that were open. */
export interface Reloaded {
  /** The version of the policy now in force. */
  readonly version: string;
  /** Connections that go on, under the new policy. */
  readonly kept: number;
  /** Connections that the new policy does not admit, and that were closed. */
  readonly closed: number;
}

/** So long the connections are judged at a time, milliseconds; then everybody else has a turn. */
const TURN_MS = 0.5;
/** Within this time, milliseconds, whoever stays is under the new guards, though nothing happens on the connection. */
const REBIND_WITHIN_MS = 20_000;
/** So often some of them are put there, milliseconds, and at least so many. */
const REBIND_EVERY_MS = 10;
const LEAST_REBOUND = 5;

/** The first enforced refusal of an open connection by these guards; `null`: it may stay. A guard that throws refuses. */
export function readmit(guards: readonly Guard[], facts: ConnectionFacts): Denial | null {
  for (const guard of guards) {
    if (guard.mode !== "enforce") continue;
    try {
      const verdict = guard.readmit?.(facts);
      if (verdict !== undefined && verdict.verdict === "refuse") return verdict;
    } catch (error) {
      return guardFailure(error, guard);
    }
  }
  return null;
}

/** What was prepared for an open connection is in force: it lets go of the policy of before. */
export function changePolicy(open: OpenSession): void {
  const { under, next } = open;
  if (next === null) return;
  open.under = next;
  open.next = null;
  under.release();
  recordUnder(open, next);
}

/** From now on its messages are recorded as the policy says. */
function recordUnder({ messages, route, facts }: OpenSession, policy: Policy): void {
  const found = messages === null ? undefined : policy.routes.find(({ id }) => id === route);
  if (found === undefined) return;
  const { session, address, identity } = facts;
  messages?.follow({ session, route, address, user: identity.user, policy: policy.version }, found);
}

/** A connection that is over lets go of its policies. */
export function letPoliciesGo(open: OpenSession): void {
  open.under.release();
  open.next?.release();
  open.next = null;
}

/**
 * Puts a policy in force: for new connections at once, then for each open one, the newest first. One that the new policy does
 * not admit is closed with the code of the guard that refuses it; every other goes on, and its next message is judged by the new
 * guards. Their parts in a connection on which nothing happens are made within twenty seconds, some at a time: those of ten thousand
 * at once are megabytes that live, and the collector would stop everybody while it copies them; for the same reason judging one makes
 * nothing that lives. The policy of before is disposed of when nobody is under it any more, also where another reload overtakes this one.
 */
export async function putPolicyInForce(gate: Gate, policy: Policy): Promise<Reloaded> {
  const last = gate.policy;
  gate.policy = policy;
  const all = [...gate.sessions.values()].toReversed();
  last.release();
  const kept: OpenSession[] = [];
  let closed = 0;
  let turnUntil = gate.now() + TURN_MS;
  for (const open of all) {
    // A later reload has judged it, or it has gone.
    if (gate.policy !== policy || !gate.sessions.has(open.facts.session)) continue;
    if (judge(open, policy)) kept.push(open);
    else closed += 1;
    if (gate.now() < turnUntil) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnUntil = gate.now() + TURN_MS;
  }
  const count = { kept: kept.length, closed };
  rebindInTime(kept);
  return { version: policy.version, ...count };
}

/** Puts those who stay under their new guards, in time. Where another reload overtakes this one, under the guards of that. */
function rebindInTime(kept: readonly OpenSession[]): void {
  const atOnce = Math.max(LEAST_REBOUND, Math.ceil((kept.length * REBIND_EVERY_MS) / REBIND_WITHIN_MS));
  const from = (first: number): void => {
    for (const { driver } of kept.slice(first, first + atOnce)) driver.rebindNow();
    const next = first + atOnce;
    if (next < kept.length) setTimeout(() => from(next), REBIND_EVERY_MS).unref();
  };
  from(0);
}

/** Has one open connection go on under a policy, soon; or closes it. Whether it goes on. */
function judge(open: OpenSession, policy: Policy): boolean {
  const { host, path } = open.facts.request;
  const route = matchRoute(policy, host, path);
  const denial: Denial | null =
    route === null
      ? { code: "handshake.no-route", detail: `no route serves ${host}${path} any more` }
      : readmit(route.guards, open.facts);
  if (route === null || denial !== null) {
    const { code, detail } = denial ?? { code: "handshake.no-route", detail: "" };
    open.driver.close(code, `after a reload: ${detail}`);
    return false;
  }
  open.route = route.id;
  open.next?.release();
  open.next = policy.hold();
  open.driver.prepare(route);
  return true;
}

/** Judges a connection that opened under a policy that was no longer in force by then. */
export function catchUp(gate: Gate, open: OpenSession, route: Route): void {
  if (!gate.policy.routes.includes(route) && judge(open, gate.policy)) open.driver.rebindNow();
}

/** What renews the proof of an open connection. */
export interface NewProof {
  readonly route: Route;
  readonly identity: Identity;
  /** A keyed hash of the credential; `null`: nobody asked for one. */
  readonly fingerprint?: string | null;
}

/** Puts a new proof of the same user in force on an open connection; closes it where the route does not admit it any more. */
export function putProofInForce(
  gate: Gate,
  open: OpenSession,
  { route, identity, fingerprint = null }: NewProof,
): Denial | null {
  const { credential } = open.facts.identity;
  const facts: ConnectionFacts = { ...open.facts, identity: { ...identity, credential } };
  const refused = readmit(route.guards, facts);
  if (refused !== null) {
    open.driver.close(refused.code, refused.detail);
    return refused;
  }
  open.facts = facts;
  open.driver.refresh({ identity: facts.identity, wallNow: gate.wallNow(), now: gate.now() });
  const { session, address } = facts;
  const until = identity.expiresAt === null ? null : new Date(identity.expiresAt).toISOString();
  gate.emit({ type: "refresh", session, route: route.id, address, user: identity.user, until });
  open.fingerprint = fingerprint;
  gate.watch?.refreshed(open);
  return null;
}
