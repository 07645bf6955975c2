import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { WebSocketServer, type WebSocket } from "ws";

import { listenOnLoopback } from "./loopback.ts";
import { type ChatEvent, type Member, Rooms } from "./rooms.ts";

/** A running chat. */
export interface Chat {
  readonly port: number;
  close(): Promise<void>;
}

/** What the server remembers of a visitor, found again by their cookie. */
interface Visitor {
  name: string;
  room: string;
}

type Request = { type: "join"; name: string; room: string } | { type: "say"; text: string };

const cookieName = "chat-session";

const pages: Record<string, { file: string; type: string }> = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/chat.js": { file: "chat.js", type: "text/javascript; charset=utf-8" },
  "/chat.css": { file: "chat.css", type: "text/css; charset=utf-8" },
};

/**
 * Starts the chat on loopback: its page at `/`, its WebSocket at `/chat`. `port` 0 takes a free one.
 *
 * It is written as most such servers are: the cookie says who is there, and nobody looks at the Origin
 * of the page that opens the socket, at how much it sends, or how fast.
 */
export async function startChat(port: number): Promise<Chat> {
  const visitors = new Map<string, Visitor>();
  const rooms = new Rooms();
  const http = createServer((request, response) => {
    servePage(request, response, visitors).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({
    server: http,
    path: "/chat",
    verifyClient: ({ req }, answer) => answer(visitors.has(sessionOf(req)), 401),
  });
  sockets.on("connection", (socket, request) => {
    const visitor = visitors.get(sessionOf(request));
    if (visitor !== undefined) serveVisitor(socket, visitor, rooms);
  });
  return { port: await listenOnLoopback(http, port), close: () => stop(http, sockets) };
}

async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  visitors: Map<string, Visitor>,
): Promise<void> {
  const page = pages[new URL(request.url ?? "/", "http://chat").pathname];
  if (page === undefined) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("Not found\n");
    return;
  }
  const body = await readFile(new URL(`page/${page.file}`, import.meta.url));
  response.setHeader("Content-Type", page.type);
  response.setHeader("Content-Security-Policy", "default-src 'self'");
  response.setHeader("Cache-Control", "no-store");
  if (!visitors.has(sessionOf(request))) welcome(response, visitors);
  response.end(body);
}

/**
 * Gives a new visitor their cookie. `SameSite=Lax` keeps other sites from using it, but another port or a sister
 * domain is another origin of the same site: its pages open sockets here with this cookie.
 */
function welcome(response: ServerResponse, visitors: Map<string, Visitor>): void {
  const session = randomBytes(16).toString("hex");
  visitors.set(session, { name: `guest-${session.slice(0, 4)}`, room: "lobby" });
  response.setHeader("Set-Cookie", `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Lax`);
}

function sessionOf(request: IncomingMessage): string {
  const cookies = (request.headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
  const ours = cookies.find((cookie) => cookie.startsWith(`${cookieName}=`));
  return ours?.slice(cookieName.length + 1) ?? "";
}

function serveVisitor(socket: WebSocket, visitor: Visitor, rooms: Rooms): void {
  const tell = (event: ChatEvent): void => socket.send(JSON.stringify(event));
  let member: Member = { name: visitor.name, tell };
  rooms.enter(visitor.room, member);
  socket.on("message", (data, isBinary) => {
    const request = isBinary || !Buffer.isBuffer(data) ? null : parseRequest(data.toString());
    if (request === null) return tell({ type: "problem", text: "The chat did not understand that." });
    if (request.type === "say") {
      return rooms.say(visitor.room, { from: visitor.name, text: request.text, at: Date.now() });
    }
    rooms.leave(visitor.room, member);
    visitor.name = request.name;
    visitor.room = request.room;
    member = { name: visitor.name, tell };
    rooms.enter(visitor.room, member);
  });
  socket.on("close", () => rooms.leave(visitor.room, member));
  socket.on("error", () => socket.terminate());
}

function parseRequest(text: string): Request | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const type = field(value, "type");
  const [said, name, room] = ["text", "name", "room"].map((key) => field(value, key));
  if (type === "say" && isText(said)) return { type, text: said };
  if (type === "join" && isText(name) && isText(room)) return { type, name, room };
  return null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function stop(http: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  http.closeAllConnections();
  return new Promise((resolve) => {
    http.close(() => resolve());
  });
}

if (import.meta.main) {
  const chat = await startChat(Number(process.env["PORT"] ?? 8081));
  console.log(`chat on http://localhost:${chat.port}`);
}
