import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { believedClient } from "../guards/client-address.ts";
import type { Denial, Handshake, HandshakeRequest } from "../guards/guard.ts";
import { matchRoute } from "../policy/match-route.ts";
import type { Route } from "../policy/policy.ts";
import { checkPlainRequest, checkUpgrade, type PlainRequest } from "../protocol/handshake-request.ts";
import { HeaderList } from "../protocol/header-list.ts";
import type { HandshakeFacts } from "../session/admission.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { WELL_KNOWN_PREFIX } from "./well-known.ts";

/** A request that arrived: well-formed and with a route, or why not. */
export type Arrival =
  | { readonly ok: true; readonly handshake: Handshake; readonly route: Route; readonly key: string }
  | { readonly ok: false; readonly denial: Denial; readonly facts: HandshakeFacts };

/** Reads a request as the guards want to see it: from its raw headers, checked by the RFCs, with its route. */
export function readArrival(
  gate: Gate,
  listener: ListenerContext,
  incoming: IncomingMessage,
  kind: HandshakeRequest["kind"],
): Arrival {
  const headers = new HeaderList(incoming.rawHeaders);
  const { method = "", url = "", httpVersion, socket } = incoming;
  const client = believedClient({
    socketAddress: socket.remoteAddress ?? "",
    socketSecure: socket instanceof TLSSocket,
    headers,
    trusted: listener.trusted,
    header: listener.forwardedHeader,
  });
  const refused = (denial: Denial, path = pathForLog(url), route: string | null = null): Arrival => {
    const origin = headers.get("origin") ?? null;
    return { ok: false, denial, facts: { route, address: client.address, user: null, path, origin } };
  };
  if (gate.draining) return refused({ code: "session.draining", detail: "the gate is shutting down" });
  const head = { method, httpVersion, target: url, headers };
  const checked = kind === "websocket" ? checkUpgrade(head) : plain(checkPlainRequest(head));
  if (!checked.ok) return refused(checked);
  const { path, query, host } = checked;
  if (`${path}/`.startsWith(WELL_KNOWN_PREFIX))
    return refused({ code: "handshake.no-route", detail: path }, path);
  const route = matchRoute(gate.policy, host, path);
  if (route === null) return refused(noRoute(gate, host, path), path);
  const { subprotocols, key } = checked;
  const { address, secure } = client;
  const request: HandshakeRequest = {
    kind,
    method,
    path,
    query,
    host,
    headers,
    address,
    secure,
    subprotocols,
    listener: listener.facts,
  };
  return { ok: true, route, key, handshake: newHandshake(gate, request) };
}

/** Runs what the guards left to be run when the handshake failed or the connection ended. */
export function release(handshake: Handshake): void {
  for (const run of handshake.releases.splice(0)) run();
}

/** A plain request as an upgrade that offers nothing. */
function plain<Fault extends { readonly ok: false }>(
  checked: PlainRequest | Fault,
): (PlainRequest & { subprotocols: readonly string[]; key: string }) | Fault {
  return checked.ok ? { ...checked, subprotocols: [], key: "" } : checked;
}

function newHandshake(gate: Gate, request: HandshakeRequest): Handshake {
  return {
    request,
    wallNow: gate.wallNow(),
    now: gate.now(),
    identity: null,
    subprotocols: request.subprotocols,
    strippedCookies: new Set(),
    strippedQuery: new Set(),
    strippedHeaders: new Set(),
    releases: [],
  };
}

/** A host that no route names is not ours at all (421); a path that no route of the host serves is not there (404). */
function noRoute(gate: Gate, host: string, path: string): Denial {
  const served = gate.policy.routes.some(
    (route) => matchRoute({ routes: [route] }, host, route.path) !== null,
  );
  if (served) return { code: "handshake.no-route", detail: `${host}${path}` };
  return { code: "origin.host", detail: `host ${JSON.stringify(host)}` };
}

/** The path of a target that may be malformed, without query and user name, short enough for a log. */
function pathForLog(target: string): string {
  return target.startsWith("/") ? (target.split("?", 1)[0] ?? "").slice(0, 200) : "";
}
