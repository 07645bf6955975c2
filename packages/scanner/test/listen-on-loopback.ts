import { once } from "node:events";
import type { Server } from "node:http";
import type { WebSocketServer } from "ws";

/** Has a server listen on a free loopback port; the port. */
export async function listenOnLoopback(http: Server): Promise<number> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Ends a server, and every connection of it. */
export async function closeServer(http: Server, server: WebSocketServer): Promise<void> {
  for (const client of server.clients) client.terminate();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
}
