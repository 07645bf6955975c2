import { once } from "node:events";
import { createServer } from "node:http";
import { Server, type ServerOptions } from "socket.io";
import type { SpecimenServer } from "./specimen.ts";

/** Starts Socket.IO on a free loopback port. The URL is that of its WebSocket transport. */
export async function startSocketIo(options: Partial<ServerOptions> = {}): Promise<SpecimenServer> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const server = new Server(http, options);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`,
    close: async () => {
      await server.close();
    },
  };
}
