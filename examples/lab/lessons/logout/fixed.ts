// A mailbox: Express and its sessions, and a WebSocket that tells of news.
import { createServer } from "node:http";

import express from "express";
import session from "express-session";
import { type WebSocket, WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Place } from "../../place.ts";
import { annsSession, mailPage, sessionSecret, userOf } from "./desk-session.ts";

/** Starts the mailbox. */
export async function start({ port, origins }: Place): Promise<void> {
  const sessions = session({
    name: "desk",
    secret: sessionSecret,
    genid: () => annsSession,
    cookie: { sameSite: "lax" },
    resave: false,
    saveUninitialized: false,
  });
  const app = express().disable("x-powered-by").use(sessions);
  app.get("/", (request, response) => {
    request.session.user = "ann";
    response.send(mailPage);
  });
  app.get("/whoami", ({ session: { user } }, response) => {
    response.status(user === undefined ? 401 : 200).json({ user });
  });
  const owners = new Map<WebSocket, string>();
  app.post("/logout", (request, response) => {
    for (const [socket, owner] of owners) if (owner === request.sessionID) socket.close(1008, "signed out");
    request.session.destroy(() => response.status(204).end());
  });
  const http = createServer(app);
  const sockets = new WebSocketServer({
    server: http,
    path: "/mail",
    maxPayload: 4096,
    verifyClient({ origin, req }, decide) {
      const decideBy = (user?: string): void => decide(origins.has(origin) && user !== undefined, 401);
      userOf(sessions, req).then(decideBy, () => decide(false, 500));
    },
  });
  sockets.on("connection", (socket, request) => {
    owners.set(socket, Reflect.get(request, "sessionID"));
    socket.on("close", () => owners.delete(socket));
    socket.on("error", () => socket.terminate());
    socket.on("message", () => socket.send("from ben: the key is under the mat"));
  });
  await listenOnLoopback(http, port);
}
