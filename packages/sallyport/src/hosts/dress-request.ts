import type { IncomingMessage } from "node:http";
import type { Identity } from "../guards/guard.ts";
import { serializeExtensions } from "../protocol/extensions.ts";
import type { UpgradeAsk } from "./application.ts";
import { applicationHeaders, applicationTarget } from "./application-headers.ts";

/** What an application in the same process reads on its request: `request.sallyport`. */
export interface AttachedRequest {
  readonly identity: Identity;
  /** The session's id; `null` on plain HTTP. */
  readonly session: string | null;
}

declare module "node:http" {
  interface IncomingMessage {
    /** Who the caller is, where Sallyport is attached to the server and one of its routes let the request pass. */
    sallyport?: AttachedRequest;
  }
}

/** Makes the request say what the gate vetted: its target, its fields, and who the caller is. */
export function dressRequest(
  incoming: IncomingMessage,
  ask: Pick<UpgradeAsk, "handshake" | "identity" | "extensions"> & {
    readonly session: string | null;
    /** The signed statement of who the caller is. */
    readonly statement: string;
  },
): void {
  const { handshake, identity, session, statement, extensions } = ask;
  const raw = applicationHeaders(handshake, { session, identity: statement });
  const isUpgrade = handshake.request.kind === "websocket";
  if (isUpgrade) raw.push("Connection", "Upgrade", "Upgrade", "websocket");
  if (handshake.subprotocols.length > 0)
    raw.push("Sec-WebSocket-Protocol", handshake.subprotocols.join(", "));
  if (extensions.length > 0) raw.push("Sec-WebSocket-Extensions", serializeExtensions(extensions));
  for (const name of ["connection", "content-length", "transfer-encoding", "expect", "te"]) {
    const value = handshake.request.headers.get(name);
    if (!isUpgrade && value !== undefined) raw.push(name, value);
  }
  const kept = new Set(raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  for (const name of Object.keys(incoming.headers)) if (!kept.has(name)) delete incoming.headers[name];
  for (const [index, name] of raw.entries()) {
    const lower = name.toLowerCase();
    if (index % 2 === 0 && WRITTEN_ANEW.has(lower)) incoming.headers[lower] = raw[index + 1] ?? "";
  }
  incoming.rawHeaders = raw;
  incoming.url = applicationTarget(handshake, "");
  incoming.sallyport = { identity, session };
}

/** Fields whose value may differ from what came. */
const WRITTEN_ANEW: ReadonlySet<string> = new Set([
  "cookie",
  "forwarded",
  "sallyport-identity",
  "sallyport-session",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "traceparent",
  "tracestate",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);
