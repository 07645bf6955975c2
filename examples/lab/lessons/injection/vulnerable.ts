// A guest book: whoever signs is read by all who have it open. Moderators may empty it.
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

import { listenOnLoopback } from "../../../shared/loopback.ts";
import type { Handshake, Place } from "../../place.ts";
import { type Entry, serveBook } from "./book-page.ts";

interface Visitor {
  readonly isModerator?: boolean;
}

/** Copies what was sent over what stands there, member by member. */
function merge(target: Record<string, any>, source: Record<string, any>): Record<string, any> {
  for (const key in source)
    if (typeof source[key] === "object" && source[key] !== null) merge((target[key] ??= {}), source[key]);
    else target[key] = source[key];
  return target;
}

function entryOf(text: string): Entry {
  const sent = JSON.parse(text);
  return merge({ name: "somebody", text: "" }, sent) as Entry;
}

/** Starts the guest book. */
export async function start({ port, origins }: Place): Promise<void> {
  let book: Entry[] = [];
  const http = createServer((request, response) => {
    void serveBook("vulnerable", request.url ?? "/", response);
  });
  const sockets = new WebSocketServer({
    server: http,
    path: "/book",
    maxPayload: 4096,
    verifyClient: ({ origin }: Handshake) => origins.has(origin),
  });
  const tellAll = (message: object): void => {
    for (const socket of sockets.clients) socket.send(JSON.stringify(message));
  };
  sockets.on("connection", (socket) => {
    const visitor: Visitor = {};
    socket.on("error", () => socket.terminate());
    for (const entry of book) socket.send(JSON.stringify(entry));
    socket.on("message", (data) => {
      try {
        const entry = entryOf(String(data));
        if (entry.text === "/empty" && visitor.isModerator === true) book = [];
        else book = [...book.slice(-20), entry];
        tellAll(entry.text === "/empty" ? { emptied: book.length === 0 } : entry);
      } catch {
        socket.close(1008, "not understood");
      }
    });
  });
  await listenOnLoopback(http, port);
}
