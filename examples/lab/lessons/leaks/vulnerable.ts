// Where is my order? A help desk on Socket.IO.
import { createServer } from "node:http";

import { Server } from "socket.io";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Place } from "../../place.ts";
import { findOrder } from "./orders.ts";

/** Starts the help desk. */
export async function start({ port, origins }: Place): Promise<void> {
  const http = createServer();
  const io = new Server(http, {
    transports: ["websocket"],
    maxHttpBufferSize: 4096,
    allowRequest: ({ headers }, decide) => decide(null, origins.has(headers.origin)),
  });
  io.on("connection", (socket) => {
    socket.on("order", (id) => {
      try {
        socket.emit("found", findOrder(id));
      } catch (error) {
        socket.emit("failed", error instanceof Error ? error.stack : error);
      }
    });
  });
  await listenOnLoopback(http, port);
}
