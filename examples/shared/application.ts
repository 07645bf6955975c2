import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { type WebSocket, WebSocketServer } from "ws";

import { listenOnLoopback } from "./loopback.ts";
import { type PageFiles, servePage } from "./serve-page.ts";
import { answerJson, type Visitor, type Visitors } from "./visitors.ts";

/** An application that runs. */
export interface RunningApplication {
  readonly port: number;
  close(): Promise<void>;
}

/** What an application consists of: its page, who has logged in, and what it says on its WebSocket. */
export interface ApplicationParts {
  readonly page: PageFiles;
  readonly visitors: Visitors;
  /** The path of its WebSocket. */
  readonly path: string;
  readonly converse: (socket: WebSocket, visitor: Visitor) => void;
  /** Answers what is neither about the page nor about logging in. `false`: neither is this. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>;
}

const style: PageFiles = { directory: new URL("page/", import.meta.url), names: ["base.css", "icon.svg"] };

/**
 * Starts an application on loopback; `port` 0 takes a free one. It is written as most are: the cookie says who is there, and nobody looks
 * at the Origin of a page that opens the socket, or at what comes on it, how much and how often.
 */
export async function startApplication(port: number, parts: ApplicationParts): Promise<RunningApplication> {
  const http = createServer((request, response) => {
    serve(parts, request, response).catch(() => response.destroy());
  });
  const { visitors, path, converse } = parts;
  // oxlint-disable-next-line sallyport/require-max-payload -- written as most are; the gate in front of it bounds messages
  const sockets = new WebSocketServer({
    server: http,
    path,
    verifyClient: ({ req }, decide) => decide(visitors.find(req) !== null, 401),
  });
  sockets.on("connection", (socket, request) => {
    socket.on("error", () => socket.terminate());
    const visitor = visitors.find(request);
    if (visitor === null) socket.terminate();
    else converse(socket, visitor);
  });
  const close = (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    return new Promise((resolve) => {
      http.close(() => resolve());
    });
  };
  return { port: await listenOnLoopback(http, port), close };
}

async function serve(
  parts: ApplicationParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://application");
  if (await parts.visitors.answer(request, response, pathname)) return;
  if ((await parts.answer?.(request, response, pathname)) === true) return;
  if (request.method === "GET") {
    if (await servePage(parts.page, pathname, response)) return;
    if (await servePage(style, pathname, response)) return;
  }
  answerJson(response, 404, { error: "not found" });
}
