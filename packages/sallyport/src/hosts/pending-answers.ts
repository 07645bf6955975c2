import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

const pending = new WeakMap<Duplex, number>();

/** Remembers that a plain request on a socket has not been answered to its end. For every request of a server. */
export function trackAnswer(response: ServerResponse): void {
  const { socket } = response.req;
  pending.set(socket, (pending.get(socket) ?? 0) + 1);
  response.once("close", () => pending.set(socket, (pending.get(socket) ?? 1) - 1));
}

/**
 * Whether an answer is still to be written to this socket. An upgrade that was pipelined behind such a request must not be
 * taken: the answer would be written, unseen by any guard, into the middle of the WebSocket (RFC 9112 9.3.2).
 */
export function hasPendingAnswer(socket: Duplex): boolean {
  return (pending.get(socket) ?? 0) > 0;
}
