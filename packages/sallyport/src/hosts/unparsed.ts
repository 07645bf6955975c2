import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ErrorCode } from "../errors.ts";
import type { Denial } from "../guards/guard.ts";
import { refuse, type RefusedHandshake } from "../session/admission.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { refuseSocket } from "./refusal.ts";

/** What a server emits with `clientError`. */
export interface UnparsedRequest {
  readonly error: NodeJS.ErrnoException;
  readonly socket: Duplex;
}

/**
 * Tells of what Node's HTTP parser, or the clock, refused before there was a request, and returns what its peer may know.
 * `null`, and nothing told, where the peer has gone.
 */
export function tellUnparsed(
  gate: Gate,
  context: ListenerContext,
  { error, socket }: UnparsedRequest,
): RefusedHandshake | null {
  if (error.code === "ECONNRESET" || !socket.writable) return null;
  return tellParsed(gate, context, socket, { code: codeOf(error), detail: error.code ?? error.message });
}

/** Refuses a request of which nothing but its socket is used. */
export function refuseParsed(gate: Gate, context: ListenerContext, socket: Duplex, denial: Denial): void {
  refuseSocket(socket, tellParsed(gate, context, socket, denial));
}

function codeOf({ code }: NodeJS.ErrnoException): ErrorCode {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "handshake.too-slow";
  return code === "HPE_HEADER_OVERFLOW" ? "handshake.headers-too-large" : "handshake.syntax";
}

function tellParsed(
  gate: Gate,
  { peerOf }: ListenerContext,
  socket: Duplex,
  denial: Denial,
): RefusedHandshake {
  const { address } = peerOf(socket as Socket);
  return refuse(denial, { route: null, address, user: null, path: "", origin: null }, gate);
}
