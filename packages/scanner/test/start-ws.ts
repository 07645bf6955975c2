import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { WebSocketServer, type ServerOptions, type WebSocket } from "ws";
import { closeServer, listenOnLoopback } from "./listen-on-loopback.ts";
import type { SpecimenServer } from "./specimen.ts";

/** A `ws` server of a specimen. */
export interface WsSetup {
  readonly options?: ServerOptions;
  /** The status that a handshake is refused with; null admits it. Default: all are admitted. */
  readonly refuse?: (request: IncomingMessage) => number | null;
  /** Default: it echoes. */
  readonly onConnection?: (socket: WebSocket, request: IncomingMessage) => void;
  /** What answers requests that are no upgrade. Default: 404. */
  readonly onRequest?: RequestListener;
}

/** Starts a `ws` server on a free loopback port, as an application would set it up. */
export async function startWs({
  options,
  refuse = () => null,
  onConnection = echo,
  onRequest = (_, response) => response.writeHead(404).end(),
}: WsSetup = {}): Promise<SpecimenServer> {
  const http = createServer(onRequest);
  const server = new WebSocketServer({ noServer: true, ...options });
  http.on("upgrade", (request, socket, head) => {
    socket.on("error", () => undefined);
    const status = refuse(request);
    if (status === null)
      server.handleUpgrade(request, socket, head, (upgraded) => server.emit("connection", upgraded, request));
    else socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
  });
  server.on("connection", (socket, request) => {
    socket.on("error", () => undefined);
    onConnection(socket, request);
  });
  return {
    url: `ws://127.0.0.1:${await listenOnLoopback(http)}/`,
    close: () => closeServer(http, server),
  };
}

/** Sends every message back, as text. */
export function echo(socket: WebSocket): void {
  socket.on("message", (data: Buffer) => socket.send(data.toString("utf8")));
}

/** Refuses every origin but these with 403. */
export function allowOrigins(
  isAllowed: (origin: string | undefined) => boolean,
): NonNullable<WsSetup["refuse"]> {
  return ({ headers }) => (isAllowed(headers.origin) ? null : 403);
}

/** Whether an origin is that of a page on loopback, whatever the port: what the specimens' own pages have. */
export function isOwnOrigin(origin: string | undefined): boolean {
  return origin !== undefined && /^http:\/\/127\.0\.0\.1:\d+$/.test(origin);
}
