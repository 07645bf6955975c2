import type { Duplex } from "node:stream";
import { refusalParts, serializeRefusal } from "../protocol/handshake-response.ts";
import type { RefusedHandshake } from "../session/admission.ts";
import type { PlainResponse } from "./plain-exchange.ts";

/** A peer gets this long to read its refusal and go, milliseconds. */
const LINGER_MS = 1000;

/**
 * Writes an answer and ends the socket. What the peer still sends is read and dropped for a moment: a socket closed over
 * unread bytes is reset, and the answer lost with it.
 */
export function answerAndEnd(socket: Duplex, answer: Uint8Array): void {
  socket.on("error", () => {});
  if (!socket.writable) return void socket.destroy();
  socket.end(answer);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("end", () => {
    if (socket.writableFinished) socket.destroy();
    else socket.once("finish", () => socket.destroy());
  });
  socket.once("close", () => clearTimeout(timer));
}

/** Refuses an upgrade: a status, an incident id, and the end of the connection. */
export function refuseSocket(socket: Duplex, { status, incident, headers }: RefusedHandshake): void {
  answerAndEnd(socket, Buffer.from(serializeRefusal({ status, incident, headers }), "latin1"));
}

/** Refuses a plain request in the same words. */
export function refuseResponse(response: PlainResponse, refused: RefusedHandshake): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const { fields, body } = refusalParts(refused);
  response.writeHead(refused.status, fields.flat());
  // HTTP/2 has ended by then what may carry no body.
  if (!response.writableEnded) response.end(body);
}
