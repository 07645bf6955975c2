import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { acceptOf } from "../src/probe/handshake.ts";
import type { SpecimenServer } from "./specimen.ts";

/** What a raw server does with a connection: at once, and with what comes on it. */
export interface RawBehaviour {
  readonly onConnect?: (socket: Socket) => void;
  /** The first bytes that came: of a client that speaks HTTP, its request. */
  readonly onRequest?: (socket: Socket, request: Buffer) => void;
}

/** A raw server, and what it did. */
export interface RawServer extends SpecimenServer {
  /** The most bytes that one connection took from it. */
  readonly mostSent: () => number;
  /** Ends all connections, and listens no more, as a process that dies; its place is free for another. */
  readonly die: () => void;
}

/** Starts a server that answers bytes of any kind, or none: what a scan may meet in place of an endpoint. */
export async function startRaw(
  { onConnect, onRequest }: RawBehaviour,
  { host = "127.0.0.1", port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let most = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      most = Math.max(most, socket.bytesWritten - socket.writableLength);
      sockets.delete(socket);
    });
    socket.once("data", (request) => onRequest?.(socket, request));
    socket.resume();
    onConnect?.(socket);
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : 0;
  const die = (): void => {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `ws://${host.includes(":") ? `[${host}]` : host}:${taken}/`,
    mostSent: () => most,
    die,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The head of the 101 that a request asks for, with more lines in it. */
export function switching(request: Buffer, ...lines: readonly string[]): Buffer {
  const key = /^sec-websocket-key: *(.*)$/im.exec(request.toString("latin1"))?.[1]?.trim() ?? "";
  const head = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    ...lines,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
}

/** Writes the same bytes again and again, as long as they are taken. */
export function flood(socket: Socket, bytes: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on("drain", more);
  more();
}
