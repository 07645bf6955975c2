// A pay desk. A token says who is there and what their role is.
import { createServer, type IncomingMessage } from "node:http";

import { jwtVerify } from "jose";
import { type WebSocket, WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Place } from "../../place.ts";
import { type Claims, secret } from "./desk-token.ts";

const salaries = { ann: 2900, ben: 3100, eve: 9400 };
const claimsOf = new WeakMap<IncomingMessage, Claims>();

const key = new TextEncoder().encode(secret);
const rules = { algorithms: ["HS256"], issuer: "https://lab.example", audience: "desk" };

function tokenOf({ headers }: IncomingMessage): string {
  return headers.authorization?.replace("Bearer ", "") ?? "";
}

async function verify(token: string): Promise<Claims> {
  const { payload } = await jwtVerify<Claims>(token, key, rules);
  return payload;
}

/** Starts the pay desk. */
export async function start({ port, origins }: Place): Promise<void> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({
    server: http,
    path: "/desk",
    maxPayload: 4096,
    verifyClient: ({ origin, req }, decide) => {
      if (!origins.has(origin)) return decide(false, 403);
      verify(tokenOf(req)).then(
        (claims) => decide(claimsOf.set(req, claims) !== undefined),
        () => decide(false, 401),
      );
    },
  });
  sockets.on("connection", (socket: WebSocket, request) => {
    const { sub, role } = claimsOf.get(request) ?? { sub: "nobody", role: "none" };
    socket.on("error", () => socket.terminate());
    socket.on("message", () => {
      socket.send(role === "manager" ? JSON.stringify(salaries) : `${sub}, you are a ${role}: ask a manager`);
    });
  });
  await listenOnLoopback(http, port);
}
