import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { ErrorCode } from "../errors.ts";
import type { Upstream } from "../policy/policy.ts";

/** What goes to the application. */
export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  /** Flat list of names and values. */
  readonly headers: readonly string[];
}

/** What came of asking the application for an upgrade. */
export type UpgradeOutcome =
  | {
      readonly kind: "switched";
      readonly response: IncomingMessage;
      readonly socket: Duplex;
      readonly head: Uint8Array;
    }
  | { readonly kind: "answered"; readonly response: IncomingMessage }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly detail: string };

/** Bounds what an application may answer before its socket is ours. */
const MAX_ANSWER_HEAD_BYTES = 32 * 1024;

/** Makes a request to the application; nothing is sent before `end`. A fresh connection each time: nothing is shared. */
export function openRequest(upstream: Upstream, request: UpstreamRequest): ClientRequest {
  const options: RequestOptions = {
    method: request.method,
    path: request.target,
    headers: [...request.headers],
    setHost: false,
    agent: false,
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
 * Asks the application for an upgrade. Never rejects. `abort` ends the attempt, for when the client has gone.
 * The whole attempt, from the connect to the answer's head, is bounded by the route's `upstream.timeout`.
 */
export function requestUpgrade(
  upstream: Upstream,
  request: UpstreamRequest,
  abort: AbortSignal,
): Promise<UpgradeOutcome> {
  return new Promise((resolve) => {
    const outgoing = openRequest(upstream, request);
    const timer = setTimeout(() => {
      resolve({
        kind: "failed",
        code: "upstream.too-slow",
        detail: `no answer within ${upstream.timeoutMs} ms from ${upstream.text}`,
      });
      outgoing.destroy();
    }, upstream.timeoutMs);
    const stop = (): void => void outgoing.destroy();
    abort.addEventListener("abort", stop, { once: true });
    const settle = (outcome: UpgradeOutcome): void => {
      clearTimeout(timer);
      abort.removeEventListener("abort", stop);
      resolve(outcome);
    };
    outgoing.on("upgrade", (response, socket, head) => {
      // Nobody listens between here and the driver: an error must not end the process. Its `close` is seen there.
      socket.on("error", () => {});
      settle({ kind: "switched", response, socket, head });
    });
    outgoing.on("response", (response) => settle({ kind: "answered", response }));
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
