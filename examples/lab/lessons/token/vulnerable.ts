// A pay desk. A token says who is there and what their role is.
import { createServer, type IncomingMessage } from "node:http";

import { type WebSocket, WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Place } from "../../place.ts";
import { type Claims, hs256 } from "./desk-token.ts";

const salaries = { ann: 2900, ben: 3100, eve: 9400 };
const claimsOf = new WeakMap<IncomingMessage, Claims>();

/** The token knows best how it wants to be verified. */
const signatures: Record<string, (signed: string) => string> = { HS256: hs256, none: () => "" };

function tokenOf({ headers, url = "" }: IncomingMessage): string {
  const inUrl = new URL(url, "http://desk").searchParams.get("token");
  return inUrl ?? headers.authorization?.replace("Bearer ", "") ?? "";
}

async function verify(token: string): Promise<Claims> {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const { alg }: { alg: string } = JSON.parse(Buffer.from(header, "base64url").toString());
  if (signatures[alg]?.(`${header}.${claims}`) !== signature) throw new Error("wrong signature");
  return JSON.parse(Buffer.from(claims, "base64url").toString());
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
