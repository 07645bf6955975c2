import { once } from "node:events";
import { createServer, request as requestHttp, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { SpecimenServer } from "./specimen.ts";
import { echo } from "./start-ws.ts";

/** How a proxy takes upgrades. */
export interface TunnelSetup {
  /** It looks at the answer, and ends the connection where that is no 101. */
  readonly looks: boolean;
}

/** Starts a proxy, which says `Via` in every answer that it reads, before a server that keeps connections whose upgrade it refused. */
export async function startTunnel({ looks }: TunnelSetup): Promise<SpecimenServer> {
  const sockets = new Set<Duplex>();
  const back = backend();
  const backPort = await listen(back);
  const front = createServer((request, response) => {
    const passed = requestHttp({ port: backPort, host: "127.0.0.1", path: request.url ?? "/" }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, via: "1.1 front" });
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    passed.end();
  });
  front.on("upgrade", (request, socket) => {
    const behind = connect(backPort, "127.0.0.1", () => behind.write(headOf(request)));
    for (const each of [socket, behind]) {
      sockets.add(each);
      each.on("error", () => undefined);
      each.on("close", () => [socket, behind].forEach((other) => other.destroy()));
    }
    behind.once("data", (chunk: Buffer) => {
      if (looks && !chunk.toString("latin1").startsWith("HTTP/1.1 101")) socket.end(chunk);
      else open(socket, behind, chunk);
    });
  });
  const port = await listen(front);
  return {
    url: `ws://127.0.0.1:${port}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [front, back]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function open(client: Duplex, behind: Socket, first: Buffer): void {
  client.write(first);
  client.pipe(behind);
  behind.pipe(client);
}

/** A server that answers the wrong version as an ordinary request, and reads on. */
function backend(): ReturnType<typeof createServer> {
  const server = new WebSocketServer({ noServer: true });
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    echo(socket);
  });
  const isRight = ({ headers }: IncomingMessage): boolean => headers["sec-websocket-version"] === "13";
  const http = createServer({ shouldUpgradeCallback: isRight }, (request, response) =>
    response.writeHead(request.headers.upgrade === undefined ? 404 : 426, { "Content-Length": "0" }).end(),
  );
  http.on("upgrade", (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (upgraded) => server.emit("connection", upgraded, request));
  });
  return http;
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ""}`] : [],
  );
  return [`${method} ${url} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
