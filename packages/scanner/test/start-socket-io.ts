import { once } from "node:events";
import { createServer } from "node:http";
import { Server, type ServerOptions } from "socket.io";
import type { SpecimenServer } from "./specimen.ts";

/** Starts Socket.IO on a free loopback port, and answers the address of its WebSocket. */
export async function startSocketIo(
  options: Partial<ServerOptions> = {},
  prepare: (io: Server) => void = () => undefined,
): Promise<SpecimenServer> {
  const http = createServer();
  const io = new Server(http, { serveClient: false, ...options });
  prepare(io);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`,
    close: async () => {
      http.closeAllConnections();
      await io.close();
    },
  };
}
