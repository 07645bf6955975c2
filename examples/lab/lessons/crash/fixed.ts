// A clock: ask, and it says what time it is.
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Handshake, Place } from "../../place.ts";

/** Starts the clock. */
export async function start({ port, origins }: Place): Promise<void> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({
    server: http,
    path: "/clock",
    maxPayload: 4096,
    verifyClient: ({ origin }: Handshake) => origins.has(origin),
  });
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", () => socket.send(new Date().toISOString()));
  });
  await listenOnLoopback(http, port);
}
