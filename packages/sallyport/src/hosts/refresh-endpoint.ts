import { timingSafeEqual } from "node:crypto";
import type { Denial, HandshakeRequest, Identity } from "../guards/guard.ts";
import { problemOf } from "../problem-of.ts";
import type { Gate, OpenSession, RefreshAnswer, RefreshKey } from "./gate.ts";
import { putProofInForce } from "./reevaluate.ts";
import { refusalBefore, type OwnEndpoint } from "./own-exchange.ts";
import { refreshHash, timesOf } from "./ticket-endpoint.ts";

/** What the body names and proves; `null` where it is not of that form. */
function keyOf(
  { session, refreshSecret }: Readonly<Record<string, unknown>>,
  {
    keyThumbprint = null,
    fingerprint = null,
  }: Partial<Pick<RefreshKey, "keyThumbprint" | "fingerprint">> = {},
): RefreshKey | null {
  if (typeof session !== "string" || typeof refreshSecret !== "string") return null;
  return { session, refreshHash: refreshHash(refreshSecret), keyThumbprint, fingerprint };
}

/** The session that a key opens; `null` for every other reason alike. */
function sessionOf(gate: Gate, { session, refreshHash: presented }: RefreshKey): OpenSession | null {
  const open = gate.sessions.get(session);
  const wanted = open?.refreshHash ?? refreshHash("");
  const same = timingSafeEqual(Buffer.from(wanted), Buffer.from(presented));
  return open !== undefined && open.refreshHash !== null && same ? open : null;
}

function isSameUser(one: Identity, other: Identity): boolean {
  return one.user === other.user && one.issuer === other.issuer && one.tenant === other.tenant;
}

const UNKNOWN: { readonly ok: false } & Denial = {
  ok: false,
  code: "expiry.refresh",
  detail: "no open session with this id and secret",
};

const OTHER_KEY: { readonly ok: false } & Denial = {
  ok: false,
  code: "expiry.refresh",
  detail: "the session's ticket was bound to a key, and the request does not prove it (RFC 9449)",
};

/** Where a session of this process stands, for a refresh; `null`: it is not here, or the key is not its own. */
export function findRefreshable(
  gate: Gate,
  key: RefreshKey,
): { readonly route: string; readonly path: string } | null {
  const open = sessionOf(gate, key);
  return open === null ? null : { route: open.route, path: open.facts.request.path };
}

/** Where a session of another process stands. Every other process is asked: no oftener than the caller might shake hands. */
async function findElsewhere(
  gate: Gate,
  request: HandshakeRequest,
  key: RefreshKey,
): Promise<{ readonly route: string; readonly path: string } | Denial | null> {
  if (gate.elsewhere === null) return null;
  const refused = await refusalBefore(gate, request);
  if (refused !== null) return refused;
  try {
    return await gate.elsewhere.find(key);
  } catch (error) {
    const why = problemOf(error);
    return { code: "ticket.unavailable", detail: `other processes cannot be asked: ${why}` };
  }
}

/** Puts a new proof of the same user in force on a session of this process; `null`: it is not here. */
export function refreshSession(gate: Gate, key: RefreshKey, identity: Identity): RefreshAnswer | null {
  const open = sessionOf(gate, key);
  if (open === null) return null;
  const route = gate.policy.routes.find(({ id }) => id === open.route);
  if (route === undefined) return UNKNOWN;
  if (open.keyThumbprint !== null && open.keyThumbprint !== key.keyThumbprint) return OTHER_KEY;
  if (!isSameUser(open.facts.identity, identity))
    return {
      ok: false,
      code: "expiry.other-user",
      detail: "the new proof is of another user, issuer or tenant",
    };
  const refused = putProofInForce(gate, open, { route, identity, fingerprint: key.fingerprint });
  if (refused !== null) return { ok: false, ...refused };
  return { ok: true, body: { ...timesOf(identity, route.guards, gate.wallNow()) } };
}

/**
 * `POST /.sallyport/refresh` with `{ "session": …, "refreshSecret": … }` and a new proof of the same user, where the first one
 * stood: puts the proof in force on the open connection, whichever process carries it, without a word in the application's own
 * protocol. What it no longer allows closes the connection; who the user is never changes.
 */
export const refreshEndpoint: OwnEndpoint = {
  async find(gate, request, body) {
    const key = keyOf(body);
    if (key === null) return UNKNOWN;
    const found = findRefreshable(gate, key) ?? (await findElsewhere(gate, request, key));
    if (found === null) return UNKNOWN;
    if ("code" in found) return { ok: false, ...found };
    const route = gate.policy.routes.find(({ id }) => id === found.route);
    return route === undefined ? UNKNOWN : { ok: true, route, path: found.path };
  },
  async answer({ gate, handshake, identity, body }) {
    // Looked up again: it may have ended while the guards were asked.
    const key = keyOf(body, handshake);
    if (key === null) return UNKNOWN;
    const own = refreshSession(gate, key, identity);
    return own ?? (await gate.elsewhere?.refresh(key, identity)) ?? UNKNOWN;
  },
};
