import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { believedClient } from "../guards/client-address.ts";
import type { Denial, Handshake, HandshakeRequest } from "../guards/guard.ts";
import { matchRoute } from "../policy/match-route.ts";
import type { Route } from "../policy/policy.ts";
import {
  checkPlainRequest,
  checkUpgrade,
  type PlainRequest,
  type UpgradeRequest,
} from "../protocol/handshake-request.ts";
import type { HandshakeViolation } from "../protocol/handshake-violation.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { arrivalOf, forEvent, type HandshakeFacts } from "../session/admission.ts";
import { clientCertificate } from "./client-certificate.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import type { SocketEnds } from "./peer.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";

/** A request as its version of HTTP brought it, in the terms of HTTP/1.1. */
export interface ArrivingRequest {
  readonly kind: HandshakeRequest["kind"];
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly socket: SocketEnds;
  /** Whether the connection is TLS. */
  readonly secure: boolean;
  /** Checks it by the RFCs of its version. */
  check(): UpgradeRequest | PlainRequest | HandshakeViolation;
}

/** A request of HTTP/1.1, with its raw headers. */
export function http1Request(incoming: IncomingMessage, kind: HandshakeRequest["kind"]): ArrivingRequest {
  const headers = new HeaderList(incoming.rawHeaders);
  const { method = "", url: target = "", httpVersion, socket } = incoming;
  const head = { method, httpVersion, target, headers };
  return {
    kind,
    method,
    target,
    headers,
    socket,
    secure: socket instanceof TLSSocket,
    check: () => (kind === "websocket" ? checkUpgrade(head) : checkPlainRequest(head)),
  };
}

/** A request that was refused before any guard. */
export interface RefusedArrival {
  readonly ok: false;
  readonly denial: Denial & { readonly retryAfterS?: number };
  readonly facts: HandshakeFacts;
}

/** What of an upgrade is no guard's to see. A plain request has an empty key, and offers nothing. */
export type UpgradeOffer = Pick<UpgradeRequest, "key" | "extensions">;

/** A request as the guards see it, or why there is none. */
export type ReadRequest =
  | ({ readonly ok: true; readonly request: HandshakeRequest } & UpgradeOffer)
  | RefusedArrival;

/** A request that arrived: well-formed and with a route, or why not. */
export type Arrival =
  | ({ readonly ok: true; readonly handshake: Handshake; readonly route: Route } & UpgradeOffer)
  | RefusedArrival;

/** What is asked of a gate about a request that arrives. */
export type ArrivalGate = Pick<Gate, "policy" | "memory" | "journal" | "draining" | "now" | "wallNow">;

/** In seconds: by then connections have ended, or another gate takes the client. */
const RETRY_AFTER_S = 5;
const draining: Denial = { code: "session.draining", detail: "the gate is shutting down" };

/** Reads a request as the guards want to see it: from its raw headers, checked by the RFCs. */
export function readRequest(
  gate: ArrivalGate,
  listener: ListenerContext,
  arriving: ArrivingRequest,
): ReadRequest {
  const { kind, method, target, headers } = arriving;
  const peer = listener.peerOf(arriving.socket);
  const client = believedClient({
    socketAddress: peer.address,
    socketSecure: arriving.secure,
    headers,
    trusted: peer.trusted,
    header: listener.forwardedHeader,
  });
  const { address, secure } = client;
  const refused = (denial: RefusedArrival["denial"]): RefusedArrival => {
    const origin = headers.get("origin") ?? null;
    return {
      ok: false,
      denial,
      facts: { route: null, address, user: null, path: pathForLog(target), origin },
    };
  };
  if (gate.draining) return refused({ ...draining, retryAfterS: RETRY_AFTER_S });
  const shortage = gate.memory.shortage(gate.now());
  if (shortage !== null)
    return refused({ code: "session.no-memory", detail: shortage, retryAfterS: RETRY_AFTER_S });
  const standstill = gate.journal?.standstill(gate.now()) ?? null;
  if (standstill !== null)
    return refused({ code: "session.no-journal", detail: standstill, retryAfterS: RETRY_AFTER_S });
  const checked = arriving.check();
  if (!checked.ok) return refused(checked);
  const { path, query, host } = checked;
  const { subprotocols, key, extensions } = "key" in checked ? checked : NO_OFFERS;
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
    ...clientCertificate(arriving.socket),
  };
  return { ok: true, request, key, extensions };
}

/** Reads a request and finds the route that serves it. What is the gate's own has none. */
export function readArrival(
  gate: ArrivalGate,
  listener: ListenerContext,
  arriving: ArrivingRequest,
): Arrival {
  const read = readRequest(gate, listener, arriving);
  if (!read.ok) return read;
  const { request, key, extensions } = read;
  const { host, path, address, headers } = request;
  const refused = (denial: Denial): Arrival => {
    const origin = headers.get("origin") ?? null;
    const arrival = arrivalOf({ request, identity: null });
    return { ok: false, denial, facts: { route: null, address, user: null, path, origin, arrival } };
  };
  if (`${path}/`.startsWith(WELL_KNOWN_PREFIX))
    return refused({ code: "handshake.no-route", detail: forEvent(path) });
  const route = matchRoute(gate.policy, host, path);
  if (route === null) return refused(noRoute(gate, host, path));
  return { ok: true, route, key, extensions, handshake: newHandshake(gate, request) };
}

/** Runs what the guards left to be run when the handshake failed or the connection ended. */
export function release({ releases }: Pick<Handshake, "releases">): void {
  for (const run of releases.splice(0)) run();
}

/** What a plain request offers of an upgrade. */
const NO_OFFERS: Pick<UpgradeRequest, "subprotocols" | "key" | "extensions"> = {
  subprotocols: [],
  key: "",
  extensions: [],
};

/** A handshake at its beginning: no guard was asked yet. */
export function newHandshake(gate: Pick<Gate, "now" | "wallNow">, request: HandshakeRequest): Handshake {
  return {
    request,
    wallNow: gate.wallNow(),
    now: gate.now(),
    identity: null,
    ticket: null,
    subprotocols: request.subprotocols,
    strippedCookies: new Set(),
    strippedQuery: new Set(),
    strippedHeaders: new Set(),
    releases: [],
  };
}

/** A host that no route names is not ours at all (421); a path that no route of the host serves is not there (404). */
function noRoute(gate: Pick<Gate, "policy">, host: string, path: string): Denial {
  const served = gate.policy.routes.some(
    (route) => matchRoute({ routes: [route] }, host, route.path) !== null,
  );
  if (served) return { code: "handshake.no-route", detail: forEvent(`${host}${path}`) };
  return { code: "origin.host", detail: `host ${JSON.stringify(host)}` };
}

/** The path of a target that may be malformed, without query and user name. */
function pathForLog(target: string): string {
  return target.startsWith("/") ? (target.split("?", 1)[0] ?? "") : "";
}
