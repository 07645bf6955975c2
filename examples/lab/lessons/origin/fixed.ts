// A front door. Whoever is signed in may unlock it, and the browser proves that by a cookie.
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Handshake, Place } from "../../place.ts";
import { doorPage, isSignedIn, signIn } from "./door-page.ts";

/** Starts the front door. */
export async function start({ port, origins }: Place): Promise<void> {
  let isLocked = true;
  const http = createServer((_, response) => {
    signIn(response);
    response.end(doorPage);
  });
  const sockets = new WebSocketServer({
    server: http,
    path: "/door",
    maxPayload: 4096,
    verifyClient: ({ origin, req }: Handshake) => origins.has(origin) && isSignedIn(req),
  });
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", (data) => {
      if (String(data) === "unlock") isLocked = false;
      if (String(data) === "lock") isLocked = true;
      socket.send(isLocked ? "the door is locked" : "the door is OPEN");
    });
  });
  await listenOnLoopback(http, port);
}
