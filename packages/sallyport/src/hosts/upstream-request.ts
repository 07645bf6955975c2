import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import type { ErrorCode } from "../errors.ts";
import type { Upstream } from "../policy/policy.ts";
import { MAX_RESPONSE_HEAD_BYTES } from "../protocol/response-head.ts";
import { upstreamTls } from "./upstream-socket.ts";

/** What goes to the application. */
export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  /** Flat list of names and values. */
  readonly headers: readonly string[];
}

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
    maxHeaderSize: MAX_RESPONSE_HEAD_BYTES,
    host: upstream.host,
    port: upstream.port,
  };
  if (upstream.socketPath !== null) options.socketPath = upstream.socketPath;
  if (!upstream.secure) return httpRequest(options);
  return httpsRequest({ ...options, ...upstreamTls(upstream) });
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
