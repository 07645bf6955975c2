import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { portOf } from "../../sallyport/test/gateway/harness.ts";

/** A server whose every word the test decides. */
export interface PlainServer {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  /** Requests for tickets. */
  readonly asked: number[];
  /** Upgrades. */
  readonly upgraded: () => number;
}

/**
 * Answers requests, and speaks on sockets after a good handshake (RFC 6455 4.2.2). Closed when the test ends.
 *
 * @param wanted a port of {@link freePort}, for a test in which nobody is to be there for a time. Default: any
 */
export async function startPlainServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  speak: (socket: Duplex, index: number) => void = () => {},
  wanted = 0,
): Promise<PlainServer> {
  const asked: number[] = [];
  let upgraded = 0;
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    asked.push(performance.now());
    request.resume();
    answer(request, response);
  });
  server.on("upgrade", (request, socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    const offered = request.headers["sec-websocket-protocol"] ?? "";
    const chosen = offered.includes("sallyport.v1") ? "Sec-WebSocket-Protocol: sallyport.v1\r\n" : "";
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${chosen}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    speak(socket, upgraded);
    upgraded += 1;
  });
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const port = portOf(server.address());
  return { server, port, url: `ws://127.0.0.1:${port}/chat`, asked, upgraded: () => upgraded };
}

/** A Close as a server sends it (RFC 6455 5.5.1). */
export function closeFrame(code: number, reason = ""): Buffer {
  const body = Buffer.from(`  ${reason}`);
  body.writeUInt16BE(code);
  return Buffer.concat([Buffer.from([0x88, body.length]), body]);
}

/** A ticket that nobody checks. */
export function giveTicket(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("Content-Type", "application/json");
  response.end(
    JSON.stringify({ ticket: "t", session: "s", refreshSecret: "r", expiresAt: null, refreshAt: null }),
  );
}
