/**
 * The feed, by long polling at `/poll?after=N`, by server-sent events at `/events`, and over a WebSocket at `/feed`: what is measured, in a
 * process of its own. Polls and streams of events are let in by a cookie, as such servers do. `--rate N --updates N`; with `--policy FILE`
 * the gate is attached, whose routes take the WebSocket alone.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";
import type { AttachInput } from "../../packages/sallyport/src/index.ts";
import { listenAndAnnounce } from "../targets/announce.ts";
import { Feed } from "./feed.ts";

interface Waiting {
  readonly response: ServerResponse;
  readonly after: number;
}

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "10" },
    updates: { type: "string", default: "1" },
    policy: { type: "string" },
  },
});
const feed = new Feed({ name: "", title: "", rate: Number(values.rate), updates: Number(values.updates) });

/** Sessions that are known: the clients are numbered. */
const sessions = new Map(
  Array.from({ length: 20_000 }, (_, number) => [`session-${number}`, `user-${number}`]),
);

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://feed");
  if (!sessions.has(sessionOf(request))) response.writeHead(401).end();
  else if (pathname === "/poll") poll(response, Number(searchParams.get("after") ?? -1));
  else if (pathname === "/events") stream(response);
  else response.writeHead(404).end();
});

function sessionOf(request: IncomingMessage): string {
  return /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
}

// Long polling: who asks is answered when there is something, with all that they have not had.

let waiting: Waiting[] = [];

function poll(response: ServerResponse, after: number): void {
  if (!answer(response, after)) waiting.push({ response, after });
}

function answer(response: ServerResponse, after: number): boolean {
  const messages = feed.after(after);
  if (messages.length === 0) return false;
  const body = `[${messages.map(({ text }) => text).join(",")}]`;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
  return true;
}

feed.listen(({ number }) => {
  const answered = waiting;
  waiting = [];
  for (const { response, after } of answered)
    if (!response.destroyed) answer(response, after < 0 ? number - 1 : after);
});

// Server-sent events: one answer that never ends.

function stream(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.flushHeaders();
  const stop = feed.listen(({ number, text }) => void response.write(`id: ${number}\ndata: ${text}\n\n`));
  response.once("close", stop);
}

// WebSocket, as most servers do it.

const sockets = new WebSocketServer({ server, path: "/feed", perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
});
feed.listen(({ text }) => {
  for (const socket of sockets.clients) if (socket.readyState === socket.OPEN) socket.send(text);
});

if (values.policy !== undefined) {
  const { attach } = await import("../../packages/sallyport/src/index.ts");
  const policy: AttachInput = JSON.parse(readFileSync(values.policy, "utf8"));
  await attach(server, policy).ready;
}
server.keepAliveTimeout = 60_000;
server.requestTimeout = 0;
listenAndAnnounce(server);
feed.start();
