import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import type { ErrorCode } from "../errors.ts";
import type { Upstream } from "../policy/policy.ts";
import { HeaderList } from "../protocol/header-list.ts";
import type { AskApplication, UpgradeAsk } from "./application.ts";
import { applicationHeaders, applicationTarget } from "./application-headers.ts";
import { socketWire } from "./wire.ts";

/** What goes to the application. */
export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  /** Flat list of names and values. */
  readonly headers: readonly string[];
}

/** Bounds what an application may answer before its socket is ours. */
const MAX_ANSWER_HEAD_BYTES = 32 * 1024;

// A connection for each request, and none kept: nothing is shared but these.
const plainAgent = new HttpAgent({ keepAlive: false });
const secureAgent = new HttpsAgent({ keepAlive: false, maxCachedSessions: 0 });

/** Makes a request to the application; nothing is sent before `end`. A fresh connection each time: nothing is shared. */
export function openRequest(upstream: Upstream, request: UpstreamRequest): ClientRequest {
  const options: RequestOptions = {
    method: request.method,
    path: request.target,
    headers: [...request.headers],
    setHost: false,
    agent: upstream.secure ? secureAgent : plainAgent,
    maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
    host: upstream.host,
    port: upstream.port,
  };
  if (upstream.socketPath !== null) options.socketPath = upstream.socketPath;
  if (!upstream.secure) return httpRequest(options);
  return httpsRequest({
    ...options,
    servername: /^[\d.]+$|:/.test(upstream.host) ? "" : upstream.host,
    minVersion: "TLSv1.2",
    ...(upstream.ca === null ? {} : { ca: upstream.ca }),
  });
}

/**
 * Asks the route's upstream for an upgrade. The whole attempt, from the connect to the answer's head, is bounded by the
 * route's `upstream.timeout`.
 */
export const askUpstream: AskApplication = (ask) => {
  const { upstream } = ask.route;
  return new Promise((resolve) => {
    if (ask.abort.aborted)
      return resolve({ kind: "failed", code: "upstream.unreachable", detail: "the client has gone" });
    const outgoing = openRequest(upstream, upgradeRequest(ask));
    const timer = setTimeout(() => {
      const detail = `no answer within ${upstream.timeoutMs} ms from ${upstream.text}`;
      resolve({ kind: "failed", code: "upstream.too-slow", detail });
      outgoing.destroy();
    }, upstream.timeoutMs);
    const stop = (): void => void outgoing.destroy();
    ask.abort.addEventListener("abort", stop, { once: true });
    const settle = (answer: Awaited<ReturnType<AskApplication>>): void => {
      clearTimeout(timer);
      // The body of a refusal is still to be read: it ends with the client, too.
      if (answer.kind !== "answered") ask.abort.removeEventListener("abort", stop);
      resolve(answer);
    };
    outgoing.on("upgrade", (response, socket, head) => {
      // Nobody listens between here and the driver: an error must not end the process. Its `close` is seen there.
      socket.on("error", () => {});
      settle({ kind: "switched", ...headOf(response), wire: socketWire(socket), head });
    });
    outgoing.on("information", ({ statusCode }) => {
      // A 101 without `Upgrade` is no switch (RFC 9110 15.2.2), and nothing else will follow it.
      if (statusCode !== 101) return;
      settle({ kind: "failed", code: "upstream.bad-answer", detail: "it answered 101 without an upgrade" });
      outgoing.destroy();
    });
    outgoing.on("response", (response) => settle({ kind: "answered", ...headOf(response), body: response }));
    outgoing.on("error", (error) => settle({ kind: "failed", ...failure(error, upstream) }));
    outgoing.on("close", () =>
      settle({
        kind: "failed",
        code: "upstream.unreachable",
        detail: `${upstream.text} ended the connection`,
      }),
    );
    outgoing.end();
  });
};

function upgradeRequest({ handshake, route, session, statement }: UpgradeAsk): UpstreamRequest {
  const headers = applicationHeaders(handshake, { session, identity: statement });
  headers.push("Connection", "Upgrade", "Upgrade", "websocket");
  if (handshake.subprotocols.length > 0)
    headers.push("Sec-WebSocket-Protocol", handshake.subprotocols.join(", "));
  return { method: "GET", target: applicationTarget(handshake, route.upstream.pathPrefix), headers };
}

function headOf(response: IncomingMessage): { readonly status: number; readonly headers: HeaderList } {
  return { status: response.statusCode ?? 0, headers: new HeaderList(response.rawHeaders) };
}

/** Why the application could not be asked, for the operator. */
export function failure(
  error: Error,
  upstream: Upstream,
): { readonly code: ErrorCode; readonly detail: string } {
  const parsed = "code" in error && typeof error.code === "string" && error.code.startsWith("HPE_");
  return {
    code: parsed ? "upstream.bad-answer" : "upstream.unreachable",
    detail: `${upstream.text}: ${error.message}`,
  };
}
