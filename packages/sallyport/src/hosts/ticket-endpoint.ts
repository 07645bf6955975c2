import { createHash } from "node:crypto";
import type { Denial, Guard, Handshake, HandshakeVerdict, Identity } from "../guards/guard.ts";
import type { Ticketing } from "../guards/shared-state.ts";
import { matchRoute } from "../policy/match-route.ts";
import type { Route } from "../policy/policy.ts";
import { parseRequestTarget } from "../protocol/request-target.ts";
import { incidentId } from "../session/incident.ts";
import type { Gate } from "./gate.ts";
import type { OwnEndpoint } from "./own-exchange.ts";

const TICKET_BYTES = 32;

/** SHA-256, in hex, of a refresh secret: what is kept in its place. */
export function refreshHash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** When a proof ends and when it should be renewed, as ISO 8601; `null` for a proof that does not end. */
export function timesOf(
  { expiresAt, claims }: Identity,
  guards: readonly Guard[],
  wallNow: number,
): { readonly expiresAt: string | null; readonly refreshAt: string | null } {
  if (expiresAt === null) return { expiresAt: null, refreshAt: null };
  const { iat } = claims;
  const from = typeof iat === "number" ? Math.min(iat * 1000, wallNow) : wallNow;
  const guard = guards.find((candidate) => candidate.refreshWindowMs !== undefined);
  const windowMs = guard?.refreshWindowMs?.(expiresAt - from) ?? 0;
  return { expiresAt: iso(expiresAt), refreshAt: iso(Math.max(wallNow, expiresAt - windowMs)) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function newSecret(gate: Gate): string {
  return Buffer.from(gate.random(TICKET_BYTES)).toString("base64url");
}

/** How the route issues tickets; `null` where it has `ticket: off`. */
function ticketingOf({ guards }: Route): Ticketing | null {
  return guards.find(({ ticketing }) => ticketing !== undefined)?.ticketing ?? null;
}

const OFF: { readonly ok: false } & Denial = {
  ok: false,
  code: "ticket.request",
  detail: "the route has `ticket: off`",
};

/** Why the connection that a ticket is for would not be let in now, where that is known: a page sees why it gets no ticket, not why it may not connect. */
async function refusedFor(
  handshake: Handshake,
  { guards }: Route,
): Promise<Extract<HandshakeVerdict, { verdict: "refuse" }> | null> {
  for (const guard of guards) {
    const verdict = guard.mode === "enforce" ? await guard.room?.(handshake) : undefined;
    if (verdict?.verdict === "refuse") return verdict;
  }
  return null;
}

/**
 * `POST /.sallyport/ticket` with `{ "route": "/chat" }`: a ticket for one connection to that path, for whoever the request's
 * credential proves the caller to be, bound to the page's origin. The answer names the session that it will open and the
 * secret that refreshes it; the gate keeps digests of both secrets only.
 */
export const ticketEndpoint: OwnEndpoint = {
  find(gate, request, { route: wanted }) {
    const target = typeof wanted === "string" ? parseRequestTarget(wanted) : null;
    if (target === null || !target.ok)
      return {
        ok: false,
        code: "ticket.request",
        detail: '`route` is not the path of a route, such as "/chat"',
      };
    const route = matchRoute(gate.policy, request.host, target.path);
    if (route === null)
      return { ok: false, code: "handshake.no-route", detail: `${request.host}${target.path}`.slice(0, 512) };
    if (ticketingOf(route) === null) return OFF;
    return { ok: true, route, path: target.path };
  },
  async answer({ gate, route, handshake, identity }) {
    const ticketing = ticketingOf(route);
    if (ticketing === null) return OFF;
    const full = await refusedFor(handshake, route);
    if (full !== null) return { ok: false, ...full };
    const wallNow = gate.wallNow();
    const ticket = newSecret(gate);
    const refreshSecret = newSecret(gate);
    const session = incidentId(gate.random);
    const kept = await ticketing.issue(
      ticket,
      {
        identity,
        route: route.id,
        origin: handshake.request.headers.get("origin") ?? null,
        session,
        refreshHash: refreshHash(refreshSecret),
        keyThumbprint: handshake.keyThumbprint ?? null,
        ...(handshake.fingerprint === undefined ? {} : { fingerprint: handshake.fingerprint }),
        expiresAt: wallNow + ticketing.lifeMs,
      },
      wallNow,
    );
    if (!kept) return { ok: false, code: "ticket.unavailable", detail: "the store of tickets is full" };
    const { heartbeat } = ticketing;
    const announced = heartbeat === null ? {} : { heartbeat };
    return {
      ok: true,
      body: { ticket, session, refreshSecret, ...timesOf(identity, route.guards, wallNow), ...announced },
    };
  },
};
