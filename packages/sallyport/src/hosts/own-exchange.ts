import { guardFailure } from "../session/session-events.ts";
import type { Readable } from "node:stream";
import { parseJson } from "../dialects/parse-json.ts";
import type { Denial, Handshake, HandshakeRequest, Identity } from "../guards/guard.ts";
import { matchRoute } from "../policy/match-route.ts";
import type { Route } from "../policy/policy.ts";
import { admit, factsOf, refuse, type HandshakeFacts, type RefusedHandshake } from "../session/admission.ts";
import { newHandshake, readRequest, release } from "./arrival.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import type { PlainExchange, PlainResponse } from "./plain-exchange.ts";
import { refuseResponse } from "./refusal.ts";
import { readSmallBody } from "./small-body.ts";

/** A request to the gate itself that the guards of its route let pass. */
export interface OwnRequest {
  readonly gate: Gate;
  readonly route: Route;
  readonly handshake: Handshake;
  readonly identity: Identity;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Which route a request to the gate is about, and the path there; or why none. */
export type OwnTarget =
  | { readonly ok: true; readonly route: Route; readonly path: string }
  | ({ readonly ok: false } & Denial);

/** What is answered, as JSON; or why not, and after how many seconds to ask again. */
export type OwnAnswer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | ({ readonly ok: false; readonly retryAfterS?: number } & Denial);

/** Something that the gate itself does for pages and other clients, under `/.sallyport/`. */
export interface OwnEndpoint {
  find(
    gate: Gate,
    request: HandshakeRequest,
    body: Readonly<Record<string, unknown>>,
  ): OwnTarget | Promise<OwnTarget>;
  answer(request: OwnRequest): Promise<OwnAnswer>;
}

/** Chromium remembers a preflight for two hours at most; ten minutes let a changed policy be noticed. */
const PREFLIGHT_S = 600;
const ALLOWED_HEADERS = "authorization, content-type, dpop, sallyport-request";

type Fields = readonly (readonly [string, string])[];

/**
 * Serves a POST to the gate itself: only with the header that neither a form nor a foreign page can send, with a small JSON
 * body, and after the handshake guards of the route that it is about. Pages of allowed origins may read the answer (CORS),
 * a refusal's status too: it is how a browser learns why it may not connect.
 */
export async function serveOwn(
  gate: Gate,
  listener: ListenerContext,
  { arriving, body, response }: PlainExchange,
  endpoint: OwnEndpoint,
): Promise<void> {
  response.on("error", () => {});
  const read = readRequest(gate, listener, arriving);
  if (!read.ok) return turnAway(gate, response, read.denial, read.facts);
  const { request } = read;
  if (request.method === "OPTIONS") return preflight(gate, response, request);
  const handshake = newHandshake(gate, request);
  const early = denialOf(request);
  if (early !== null) return turnAway(gate, response, early, factsOf(handshake, null));
  const content = await readJsonObject(body);
  if (response.destroyed) return;
  const target = content === null ? MALFORMED : await findTarget(endpoint, { gate, request, content });
  if (!target.ok) return turnAway(gate, response, target, factsOf(handshake, null), corsOf(gate, request));
  await serveRouted({
    gate,
    response,
    endpoint,
    handshake: newHandshake(gate, { ...request, path: target.path, ownPath: request.path }),
    route: target.route,
    body: content ?? {},
  });
}

/** Never rejects: nobody waits for an exchange, and what it rejected with would end the process. */
async function findTarget(
  endpoint: OwnEndpoint,
  asked: { readonly gate: Gate; readonly request: HandshakeRequest; readonly content: OwnRequest["body"] },
): Promise<OwnTarget> {
  try {
    return await endpoint.find(asked.gate, asked.request, asked.content);
  } catch (error) {
    return { ok: false, ...guardFailure(error) };
  }
}

/** Guards that may be asked before it is known which route a request is about. */
const ASKED_BEFORE: ReadonlySet<string> = new Set(["firewall", "connectionLimit"]);

/**
 * Why a caller may not ask what costs more than memory, such as other processes, before it has proved anything; or `null`: by
 * the firewall and the connection limits of the first route of the host.
 */
export async function refusalBefore(gate: Gate, request: HandshakeRequest): Promise<Denial | null> {
  const [route] = servedRoutes(gate, request);
  if (route === undefined) return { code: "handshake.no-route", detail: "no route serves this host" };
  const handshake = newHandshake(gate, { ...request, ownPath: request.path });
  try {
    for (const guard of route.guards) {
      if (!ASKED_BEFORE.has(guard.name) || guard.mode !== "enforce") continue;
      const verdict = await guard.handshake?.(handshake);
      if (verdict?.verdict === "refuse") return verdict;
    }
    return null;
  } finally {
    release(handshake);
  }
}

interface Routed extends Omit<OwnRequest, "identity"> {
  readonly response: PlainResponse;
  readonly endpoint: OwnEndpoint;
}

async function serveRouted({ response, endpoint, ...request }: Routed): Promise<void> {
  const { gate, route, handshake } = request;
  const facts = (): HandshakeFacts => factsOf(handshake, route.id);
  const cors = corsOf(gate, handshake.request, [route]);
  try {
    const refused = await admit(handshake, route.guards, route.id, gate);
    if (refused !== null) return refuseWith(response, refused, cors);
    const { identity } = handshake;
    const answer: OwnAnswer =
      identity === null
        ? { ok: false, code: "identity.missing", detail: "no guard said who the caller is" }
        : await endpoint.answer({ ...request, identity });
    if (!answer.ok) return turnAway(gate, response, answer, facts(), cors);
    answerJson(response, answer.body, cors);
  } catch (error) {
    turnAway(gate, response, guardFailure(error), facts(), cors);
  } finally {
    release(handshake);
  }
}

const MALFORMED: OwnTarget = {
  ok: false,
  code: "ticket.request",
  detail: "the body is not a JSON object of at most 16 KiB",
};

/** Why a request cannot come from a script of an allowed page, or from a client that means it; or `null`. */
function denialOf({ method, headers }: HandshakeRequest): Denial | null {
  if (method !== "POST")
    return {
      code: "handshake.method",
      detail: `${JSON.stringify(method.slice(0, 32))} where POST is expected`,
    };
  if (headers.get("sallyport-request") !== "1")
    return { code: "ticket.header", detail: "no `Sallyport-Request: 1`" };
  const destination = headers.get("sec-fetch-dest") ?? "empty";
  if (destination !== "empty")
    return {
      code: "ticket.header",
      detail: `Sec-Fetch-Dest is ${JSON.stringify(destination.slice(0, 32))}: not a script's request`,
    };
  return null;
}

/** Answers the question of a browser whether a page may ask. */
function preflight(gate: Gate, response: PlainResponse, request: HandshakeRequest): void {
  const cors = corsOf(gate, request);
  if (cors.length === 0) {
    const facts = factsOf(newHandshake(gate, request), null);
    return turnAway(
      gate,
      response,
      { code: "origin.foreign", detail: "no route on this host allows this Origin" },
      facts,
    );
  }
  response.writeHead(204, [
    ...cors.flat(),
    "Access-Control-Allow-Methods",
    "POST",
    "Access-Control-Allow-Headers",
    ALLOWED_HEADERS,
    "Access-Control-Max-Age",
    String(PREFLIGHT_S),
  ]);
  if (!response.writableEnded) response.end();
}

/** What lets the page that asks read the answer; nothing where no route of the host allows its origin. */
function corsOf(
  gate: Gate,
  request: HandshakeRequest,
  routes: readonly Route[] = servedRoutes(gate, request),
): Fields {
  const value = request.headers.get("origin");
  if (value === undefined || !routes.some((route) => allowsOrigin(gate, route, request))) return [];
  return [
    ["Access-Control-Allow-Origin", value],
    ["Access-Control-Allow-Credentials", "true"],
    // When to ask again, and what time it is here: pages of other origins read neither by themselves (Fetch 3.3.6).
    ["Access-Control-Expose-Headers", "Date, Retry-After"],
    ["Vary", "Origin"],
  ];
}

function servedRoutes(gate: Gate, { host }: HandshakeRequest): Route[] {
  return gate.policy.routes.filter((route) => matchRoute({ routes: [route] }, host, route.path) !== null);
}

function allowsOrigin(gate: Gate, route: Route, request: HandshakeRequest): boolean {
  const guard = route.guards.find(({ name }) => name === "origin");
  const verdict = guard?.handshake?.(newHandshake(gate, request));
  return verdict !== undefined && "verdict" in verdict && verdict.verdict === "pass";
}

function turnAway(
  gate: Gate,
  response: PlainResponse,
  denial: Denial,
  facts: HandshakeFacts,
  cors: Fields = [],
): void {
  refuseWith(response, refuse(denial, facts, gate), cors);
}

function refuseWith(response: PlainResponse, refused: RefusedHandshake, cors: Fields): void {
  refuseResponse(response, { ...refused, headers: [...refused.headers, ...cors] });
}

function answerJson(response: PlainResponse, body: Readonly<Record<string, unknown>>, cors: Fields): void {
  if (response.destroyed || response.headersSent) return void response.destroy();
  response.writeHead(200, [
    "Content-Type",
    "application/json",
    "Cache-Control",
    "no-store",
    "X-Content-Type-Options",
    "nosniff",
    ...cors.flat(),
  ]);
  if (!response.writableEnded) response.end(`${JSON.stringify(body)}\n`);
}

/** The body as a JSON object; `null` where it is none, is too large, or does not end in time. Never rejects. */
async function readJsonObject(body: Readable): Promise<Readonly<Record<string, unknown>> | null> {
  const text = await readSmallBody(body);
  try {
    const value = parseJson(text ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
