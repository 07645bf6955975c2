// Who knows whom: people and their friends, by GraphQL over a WebSocket.
import { createServer } from "node:http";

import { specifiedRules, validate } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Handshake, Place } from "../../place.ts";
import { Bucket } from "./bucket.ts";
import { depthLimit } from "./depth-limit.ts";
import { rootValue, schema } from "./people.ts";

/** Starts the service about people. */
export async function start({ port, origins }: Place): Promise<void> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({
    server: http,
    path: "/people",
    maxPayload: 16 * 1024,
    verifyClient: ({ origin }: Handshake) => origins.has(origin),
  });
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    const bucket = new Bucket(50, 100);
    socket.on("message", () => {
      if (!bucket.take()) socket.close(1008, "too many messages");
    });
  });
  useServer(
    {
      schema,
      roots: { query: rootValue },
      validate: (...[of, document]) => validate(of, document, [...specifiedRules, depthLimit(6)]),
    },
    sockets,
  );
  await listenOnLoopback(http, port);
}
