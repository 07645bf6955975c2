import { guardFailure } from "../session/session-events.ts";
import type { IncomingMessage } from "node:http";
import type { Denial, Handshake, Identity } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { admit, factsOf, refuse } from "../session/admission.ts";
import { answerHeaders, applicationHeaders, applicationTarget } from "./application-headers.ts";
import { readArrival, release } from "./arrival.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { isPollingTwin } from "./polling-twin.ts";
import type { PlainExchange, PlainResponse } from "./plain-exchange.ts";
import { refuseResponse } from "./refusal.ts";
import { failure, openRequest } from "./upstream-request.ts";

/** A plain request that every guard let pass. */
export interface AdmittedRequest {
  readonly route: Route;
  readonly handshake: Handshake;
  readonly identity: Identity;
  /** The signed statement of who the caller is. */
  readonly statement: string;
}

interface Exchange {
  readonly gate: Gate;
  readonly route: Route;
  readonly handshake: Handshake;
  readonly response: PlainResponse;
}

/**
 * Asks whether a plain HTTP request may go to the application: where its route says `http: forward`, it is not the
 * long-polling twin of a WebSocket, and the handshake guards let it. Else answers it, and returns `null`. Never rejects.
 */
export async function guardRequest(
  gate: Gate,
  listener: ListenerContext,
  { arriving, response }: Omit<PlainExchange, "body">,
): Promise<AdmittedRequest | null> {
  response.on("error", () => {});
  const arrival = readArrival(gate, listener, arriving);
  if (!arrival.ok) {
    refuseResponse(response, refuse(arrival.denial, arrival.facts, gate));
    return null;
  }
  const { handshake, route } = arrival;
  const exchange: Exchange = { gate, route, handshake, response };
  const denial = plainDenial(exchange);
  if (denial !== null) return deny(exchange, denial);
  response.once("close", () => release(handshake));
  try {
    const refused = await admit(handshake, route.guards, route.id, gate);
    if (refused !== null) refuseResponse(response, refused);
    if (refused !== null || response.destroyed) return giveUp(handshake);
    const { identity } = handshake;
    if (identity === null)
      return deny(exchange, { code: "identity.missing", detail: "no guard said who the caller is" });
    const statement = await gate.statements.sign(identity, route.id);
    return response.destroyed ? giveUp(handshake) : { route, handshake, identity, statement };
  } catch (error) {
    return deny(exchange, guardFailure(error));
  }
}

/** The client may have gone while guards were asked: what they took since is not given back by its `close`. */
function giveUp(handshake: Handshake): null {
  release(handshake);
  return null;
}

function plainDenial({ route, handshake }: Exchange): Denial | null {
  const { path, query } = handshake.request;
  if (route.http === "refuse")
    return { code: "handshake.plain-http", detail: "the route has `http: refuse`" };
  if (!isPollingTwin(path, query)) return null;
  return { code: "handshake.plain-http", detail: "long polling goes round the message guards" };
}

/** Takes a plain HTTP request to the route's upstream, if it may go there. Never rejects. */
export async function handleRequest(
  gate: Gate,
  listener: ListenerContext,
  plain: PlainExchange,
): Promise<void> {
  const admitted = await guardRequest(gate, listener, plain);
  if (admitted === null) return;
  const { body, response } = plain;
  const exchange = { gate, body, response, ...admitted };
  try {
    forward(exchange);
  } catch (error) {
    deny(exchange, guardFailure(error));
  }
}

function forward(exchange: Exchange & AdmittedRequest & Pick<PlainExchange, "body">): void {
  const { route, handshake, body, response, statement } = exchange;
  const headers = applicationHeaders(handshake, { session: null, identity: statement });
  const length = handshake.request.headers.get("content-length");
  if (length !== undefined) headers.push("Content-Length", length);
  else if (handshake.request.headers.has("transfer-encoding")) headers.push("Transfer-Encoding", "chunked");
  headers.push("Connection", "close");
  const target = applicationTarget(handshake, route.upstream.pathPrefix);
  const outgoing = openRequest(route.upstream, { method: handshake.request.method, target, headers });
  const { timeoutMs, text } = route.upstream;
  let failedBy: Denial | null = null;
  const tooSlow = (): void => {
    failedBy = { code: "upstream.too-slow", detail: `silent for ${timeoutMs} ms: ${text}` };
    outgoing.destroy(new Error(failedBy.detail));
  };
  // The socket's own timeout begins when it is connected: until then the request has this one.
  const timer = setTimeout(tooSlow, timeoutMs);
  outgoing.once("socket", (socket) => socket.once("connect", () => clearTimeout(timer)));
  outgoing.once("close", () => clearTimeout(timer));
  outgoing.setTimeout(timeoutMs, tooSlow);
  outgoing.on("error", (error) => {
    if (response.headersSent || response.destroyed) response.destroy();
    else deny(exchange, failedBy ?? failure(error, route.upstream));
  });
  outgoing.on("upgrade", (_answer, socket) => {
    socket.destroy();
    deny(exchange, { code: "upstream.bad-answer", detail: `it switched protocols unasked: ${text}` });
  });
  outgoing.on("response", (answer) => passOn(answer, response));
  response.once("close", () => outgoing.destroy());
  body.on("error", () => outgoing.destroy());
  body.pipe(outgoing);
}

function passOn(answer: IncomingMessage, response: PlainResponse): void {
  const headers = answerHeaders(new HeaderList(answer.rawHeaders));
  const length = answer.headers["content-length"];
  if (length !== undefined) headers.push(["Content-Length", length]);
  answer.on("error", () => response.destroy());
  try {
    response.writeHead(answer.statusCode ?? 502, headers.flat());
  } catch {
    answer.destroy();
    response.destroy();
    return;
  }
  answer.pipe(response);
}

function deny(exchange: Exchange, denial: Denial): null {
  const { gate, route, handshake, response } = exchange;
  refuseResponse(response, refuse(denial, factsOf(handshake, route.id), gate));
  release(handshake);
  return null;
}
