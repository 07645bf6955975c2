// Who knows whom: people and their friends, by GraphQL over a WebSocket.
import { createServer } from "node:http";

import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Handshake, Place } from "../../place.ts";
import { rootValue, schema } from "./people.ts";

/** Starts the service about people. */
export async function start({ port, origins }: Place): Promise<void> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({
    server: http,
    path: "/people",
    verifyClient: ({ origin }: Handshake) => origins.has(origin),
  });
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
  });
  useServer({ schema, roots: { query: rootValue } }, sockets);
  await listenOnLoopback(http, port);
}
