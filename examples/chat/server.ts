import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { WebSocketServer } from "ws";

import { listenOnLoopback } from "../shared/loopback.ts";
import { type PageFiles, servePage } from "../shared/serve-page.ts";
import { converse, type Floor } from "./conversation.ts";
import { type Login, Logins, parseName } from "./logins.ts";
import { type AdminAccess, Moderation } from "./moderation.ts";
import { roomNames, Rooms } from "./rooms.ts";

/** A running chat. */
export interface Chat {
  readonly port: number;
  close(): Promise<void>;
}

/** How a chat is run. */
export interface ChatOptions {
  /** How long what `/whoami` says may be relied upon, in milliseconds. Default: two minutes. */
  readonly proofMs?: number;
  /** How to reach the gate before it, for moderators. Default: there is none. */
  readonly admin?: AdminAccess;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly logins: Logins;
  readonly proofMs: number;
}

const cookieName = "chat-session";
const mostBodyBytes = 1024;

const page: PageFiles = {
  directory: new URL("page/", import.meta.url),
  names: ["index.html", "chat.js", "chat.css", "icon.svg"],
};

const endpoints: Record<string, (exchange: Exchange) => void | Promise<void>> = {
  "POST /login": logIn,
  "GET /whoami": sayWho,
  "GET /me": tellPage,
  "POST /logout": logOut,
};

/**
 * Starts the chat on loopback: its page at `/`, its WebSocket at `/chat`. `port` 0 takes a free one.
 *
 * It is written as most such servers are: the cookie says who is there, and nobody looks at the Origin of the page that opens
 * the socket, at what the user may do on it, at how much it sends, or at whether they have logged out since.
 */
export async function startChat(port: number, options: ChatOptions = {}): Promise<Chat> {
  const { proofMs = 120_000, admin = null } = options;
  const logins = new Logins();
  const floor: Floor = { rooms: new Rooms(roomNames), moderation: new Moderation(admin) };
  const http = createServer((request, response) => {
    serve({ request, response, logins, proofMs }).catch(() => response.destroy());
  });
  // oxlint-disable-next-line sallyport/require-max-payload -- written as most are; the gate in front of it bounds messages
  const sockets = new WebSocketServer({
    server: http,
    path: "/chat",
    verifyClient: ({ req }, decide) => decide(logins.find(sessionOf(req)) !== null, 401),
  });
  sockets.on("connection", (socket, request) => {
    const login = logins.find(sessionOf(request));
    if (login === null) socket.terminate();
    else converse(socket, login, floor);
  });
  return { port: await listenOnLoopback(http, port), close: () => stop(http, sockets) };
}

async function serve(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const { pathname } = new URL(request.url ?? "/", "http://chat");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  const endpoint = endpoints[`${request.method ?? ""} ${pathname}`];
  if (endpoint !== undefined) return await endpoint(exchange);
  const isServed = request.method === "GET" && (await servePage(page, pathname, response));
  if (!isServed) answer(response, 404, { error: "not found" });
}

/**
 * Logs in whoever says a name: it is a demo, and asks for no password. Only JSON is understood, which no form of another
 * site can send. `SameSite=Lax` keeps other sites from using the cookie, but another port or a sister domain is another
 * origin of the same site: its pages open sockets here with this cookie.
 */
async function logIn({ request, response, logins }: Exchange): Promise<void> {
  const isJson = request.headers["content-type"]?.split(";", 1)[0]?.trim() === "application/json";
  if (!isJson) return answer(response, 415, { error: "expected application/json" });
  const user = parseName(await readName(request));
  if (user === null)
    return answer(response, 400, { error: "A name has 1 to 20 letters, digits and hyphens." });
  logins.end(sessionOf(request));
  setCookie(response, logins.begin(user));
  answer(response, 200, { user });
}

/** For the gate: whose cookie it is, what they are, which rooms are theirs, and until when that may be relied upon. */
function sayWho({ request, response, logins, proofMs }: Exchange): void {
  const login = logins.find(sessionOf(request));
  if (login === null) return answer(response, 401, { error: "nobody" });
  const expiresAt = new Date(Math.min(login.endsAt, Date.now() + proofMs)).toISOString();
  answer(response, 200, { user: login.user, expiresAt, claims: claimsOf(login) });
}

/** For the page: the same, and all rooms there are; nobody is no error. */
function tellPage({ request, response, logins }: Exchange): void {
  const login = logins.find(sessionOf(request));
  const me = login === null ? null : { user: login.user, claims: claimsOf(login), allRooms: roomNames };
  answer(response, 200, { me });
}

function claimsOf({ role, rooms, speaks }: Login): object {
  return { role, rooms, speaks };
}

function logOut({ request, response, logins }: Exchange): void {
  logins.end(sessionOf(request));
  setCookie(response, "", "; Max-Age=0");
  answer(response, 200, {});
}

function setCookie(response: ServerResponse, value: string, more = ""): void {
  response.setHeader("Set-Cookie", `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Lax${more}`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

/** The `name` in the body; `undefined` where there is none to be read. */
async function readName(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += String(piece);
    if (text.length > mostBodyBytes) return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? Reflect.get(value, "name") : undefined;
  } catch {
    return undefined;
  }
}

function sessionOf(request: IncomingMessage): string {
  const cookies = (request.headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
  const ours = cookies.find((cookie) => cookie.startsWith(`${cookieName}=`));
  return ours?.slice(cookieName.length + 1) ?? "";
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
