import { once } from "node:events";
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

import type { Undo } from "./undo.ts";

/** The application behind the gateways: it answers with what it is sent, and is where alerts are posted. */
export interface Application {
  /** Its port on each address. */
  readonly ports: readonly number[];
  /** Messages of a user that reached it so far. */
  messagesOf(user: string): number;
  /** What was posted to `/alerts` so far. */
  readonly alerts: readonly string[];
}

/** Whom the gate says that it is: it alone can reach this address. */
function userOf(statement: string | undefined): string {
  const [, payload = ""] = (statement ?? "").split(".");
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString() || "{}");
  return typeof claims === "object" && claims !== null && "sub" in claims ? String(claims.sub) : "";
}

/** Starts it at addresses of this machine. */
export async function startApplication(hosts: readonly string[], undo: Undo): Promise<Application> {
  const messages = new Map<string, number>();
  const alerts: string[] = [];
  const ports: number[] = [];
  for (const host of hosts) {
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += String(chunk)));
      request.on("end", () => {
        alerts.push(text);
        response.end();
      });
    });
    const sockets = new WebSocketServer({ server, maxPayload: 65_536 });
    sockets.on("connection", (socket, request) => {
      const statement = request.headers["sallyport-identity"];
      const user = userOf(typeof statement === "string" ? statement : undefined);
      socket.on("error", () => {});
      socket.on("message", (data, isBinary) => {
        messages.set(user, (messages.get(user) ?? 0) + 1);
        socket.send(data, { binary: isBinary });
      });
    });
    server.listen(0, host);
    await once(server, "listening");
    undo.later(() => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    ports.push(address.port);
  }
  return { ports, messagesOf: (user) => messages.get(user) ?? 0, alerts };
}
