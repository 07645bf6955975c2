import { Aedes, type AedesOptions } from "aedes";
import { once } from "node:events";
import { createServer } from "node:http";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { SpecimenServer } from "./specimen.ts";

/** Starts an aedes broker behind a WebSocket on a free loopback port. */
export async function startMqtt(options: Partial<AedesOptions> = {}): Promise<SpecimenServer> {
  const broker = await Aedes.createBroker(options);
  broker.on("clientError", () => undefined);
  broker.on("connectionError", () => undefined);
  const http = createServer();
  const server = new WebSocketServer({
    server: http,
    handleProtocols: () => "mqtt",
    // MQTT 5.0, 6: a client says that it speaks it.
    verifyClient: ({ req }) => req.headers["sec-websocket-protocol"]?.includes("mqtt") === true,
  });
  server.on("connection", (socket, request) => {
    socket.on("error", () => undefined);
    const stream = createWebSocketStream(socket);
    stream.on("error", () => undefined);
    broker.handle(stream, request);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}/`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
}
