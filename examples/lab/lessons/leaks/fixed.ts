// Where is my order? A help desk on Socket.IO.
import { randomUUID } from "node:crypto";
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
        const { id: number, what, card } = findOrder(id);
        socket.emit("found", { id: number, what, card: `…${card.slice(-4)}` });
      } catch (error) {
        const incident = randomUUID();
        console.error(incident, error);
        socket.emit("failed", { incident });
      }
    });
  });
  await listenOnLoopback(http, port);
}
