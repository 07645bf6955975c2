import type { IncomingMessage, ServerResponse } from "node:http";
import type { Denial, Handshake } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { admit, factsOf, refuse } from "../session/admission.ts";
import { answerHeaders, applicationHeaders, applicationTarget } from "./application-headers.ts";
import { readArrival, release } from "./arrival.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { isPollingTwin } from "./polling-twin.ts";
import { refuseResponse } from "./refusal.ts";
import { failure, openRequest } from "./upstream.ts";

interface Exchange {
  readonly gate: Gate;
  readonly route: Route;
  readonly handshake: Handshake;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Takes a plain HTTP request on a route to the application, when the route says `http: forward` and its handshake guards let
 * it; else 426. Never rejects.
 */
export async function handleRequest(
  gate: Gate,
  listener: ListenerContext,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  const arrival = readArrival(gate, listener, incoming, "http");
  if (!arrival.ok) return refuseResponse(response, refuse(arrival.denial, arrival.facts, gate));
  const { handshake, route } = arrival;
  const exchange: Exchange = { gate, route, handshake, incoming, response };
  const { path, query } = handshake.request;
  if (route.http === "refuse")
    return deny(exchange, { code: "handshake.plain-http", detail: "the route has `http: refuse`" });
  if (isPollingTwin(path, query))
    return deny(exchange, {
      code: "handshake.plain-http",
      detail: "long polling goes round the message guards",
    });
  response.once("close", () => release(handshake));
  try {
    const refused = await admit(handshake, route.guards, route.id, gate);
    if (refused !== null) return refuseResponse(response, refused);
    if (response.destroyed) return;
    await forward(exchange);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    deny(exchange, { code: "session.guard-failed", detail });
  }
}

async function forward(exchange: Exchange): Promise<void> {
  const { gate, route, handshake, incoming, response } = exchange;
  const { identity } = handshake;
  if (identity === null)
    return deny(exchange, { code: "identity.missing", detail: "no guard said who the caller is" });
  const headers = applicationHeaders(handshake, {
    session: null,
    identity: await gate.statements.sign(identity, null),
  });
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
  // The socket's own timeout begins when it is connected: until the answer's head the request has this one.
  const timer = setTimeout(tooSlow, timeoutMs);
  outgoing.on("error", (error) => {
    if (response.headersSent || response.destroyed) return void response.destroy();
    deny(exchange, failedBy ?? failure(error, route.upstream));
  });
  outgoing.on("upgrade", (_answer, socket) => {
    socket.destroy();
    deny(exchange, { code: "upstream.bad-answer", detail: `it switched protocols unasked: ${text}` });
  });
  outgoing.on("response", (answer) => {
    clearTimeout(timer);
    outgoing.setTimeout(timeoutMs, tooSlow);
    passOn(answer, response);
  });
  outgoing.once("close", () => clearTimeout(timer));
  response.once("close", () => outgoing.destroy());
  incoming.on("error", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function passOn(answer: IncomingMessage, response: ServerResponse): void {
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

function deny(exchange: Exchange, denial: Denial): void {
  const { gate, route, handshake, response } = exchange;
  refuseResponse(response, refuse(denial, factsOf(handshake, route.id), gate));
  release(handshake);
}
