import { timingSafeEqual } from "node:crypto";
import type { Denial, Identity } from "../guards/guard.ts";
import type { Gate, OpenSession } from "./gate.ts";
import { putProofInForce } from "./reevaluate.ts";
import type { OwnEndpoint } from "./own-exchange.ts";
import { refreshHash, timesOf } from "./ticket-endpoint.ts";

/** The session that the body names and knows the secret of; `null` for every other reason alike. */
function sessionOf(
  gate: Gate,
  { session, refreshSecret }: Readonly<Record<string, unknown>>,
): OpenSession | null {
  if (typeof session !== "string" || typeof refreshSecret !== "string") return null;
  const open = gate.sessions.get(session);
  const wanted = open?.refreshHash ?? refreshHash("");
  const same = timingSafeEqual(Buffer.from(wanted), Buffer.from(refreshHash(refreshSecret)));
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

/**
 * `POST /.sallyport/refresh` with `{ "session": …, "refreshSecret": … }` and a new proof of the same user, where the first one
 * stood: puts the proof in force on the open connection, without a word in the application's own protocol. What it no longer
 * allows closes the connection; who the user is never changes.
 */
export const refreshEndpoint: OwnEndpoint = {
  find(gate, _request, body) {
    const open = sessionOf(gate, body);
    if (open === null) return UNKNOWN;
    const route = gate.policy.routes.find(({ id }) => id === open.route);
    return route === undefined ? UNKNOWN : { ok: true, route, path: open.facts.request.path };
  },
  async answer({ gate, route, identity, body }) {
    // Looked up again: it may have ended while the guards were asked.
    const open = sessionOf(gate, body);
    if (open === null) return UNKNOWN;
    if (!isSameUser(open.facts.identity, identity))
      return {
        ok: false,
        code: "expiry.other-user",
        detail: "the new proof is of another user, issuer or tenant",
      };
    const refused = putProofInForce(gate, open, { route, identity });
    if (refused !== null) return { ok: false, ...refused };
    return { ok: true, body: { ...timesOf(identity, route.guards, gate.wallNow()) } };
  },
};
