import { createServer, type IncomingMessage, type Server } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import { noteApplication } from "../hosts/listened-application.ts";
import { bytesOf } from "../gateway/harness.ts";

/** An application that counts what reached it. */
export interface Target {
  readonly server: Server;
  readonly sockets: WebSocketServer;
  /** Upgrades and plain requests, whatever became of them. */
  readonly arrived: readonly IncomingMessage[];
  /** Messages, as text. */
  readonly messages: readonly string[];
}

/** How long is waited for a head where one is attacked with that it does not come, milliseconds. */
export const HEAD_WITHIN_MS = 1000;

/**
 * Makes such an application with `ws`. It echoes, or does what the test says.
 *
 * @param headWithinMs How long the server waits for a head; the gateway takes it from its route. Default 60,000, as Node's.
 */
export function startTarget(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void = () => undefined,
  headWithinMs = 60_000,
): Target {
  const arrived: IncomingMessage[] = [];
  const messages: string[] = [];
  const server = createServer(
    { headersTimeout: headWithinMs, connectionsCheckingInterval: 200 },
    (request, response) => {
      arrived.push(request);
      response.end("plain");
    },
  );
  server.on("upgrade", (request) => void arrived.push(request));
  const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 * 1024, handleProtocols: () => false });
  noteApplication(server, { sockets, onUpgrade: (request) => void arrived.push(request) });
  sockets.on("connection", (socket, request) => {
    socket.on("error", () => undefined);
    socket.on("message", (data, binary) => {
      messages.push(bytesOf(data).toString("latin1").slice(0, 64));
      socket.send(bytesOf(data), { binary });
    });
    onConnection(socket, request);
  });
  return { server, sockets, arrived, messages };
}
