import { Aedes, type AedesOptions } from "aedes";
import { createServer, type IncomingMessage } from "node:http";
import { createWebSocketStream, WebSocketServer } from "ws";
import { closeServer, listenOnLoopback } from "./listen-on-loopback.ts";
import type { SpecimenServer } from "./specimen.ts";

/** Starts an aedes broker behind a WebSocket on a free loopback port. @param authorization what the handshake asks for; left out, nothing */
export async function startMqtt(
  options: Partial<AedesOptions> = {},
  authorization?: string,
): Promise<SpecimenServer> {
  const broker = await Aedes.createBroker(options);
  broker.on("clientError", () => undefined);
  broker.on("connectionError", () => undefined);
  const http = createServer();
  const server = new WebSocketServer({
    server: http,
    handleProtocols: () => "mqtt",
    // MQTT 5.0, 6: a client says that it speaks it.
    verifyClient: ({ req }: { readonly req: IncomingMessage }) =>
      req.headers["sec-websocket-protocol"]?.includes("mqtt") === true &&
      (authorization === undefined || req.headers.authorization === authorization),
  });
  server.on("connection", (socket, request) => {
    socket.on("error", () => undefined);
    const stream = createWebSocketStream(socket);
    stream.on("error", () => undefined);
    broker.handle(stream, request);
  });
  return {
    url: `ws://127.0.0.1:${await listenOnLoopback(http)}/`,
    close: async () => {
      await closeServer(http, server);
      await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
}
