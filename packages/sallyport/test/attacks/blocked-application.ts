import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { attach } from "../../src/hosts/attach.ts";

/**
 * A program that is run as a process of its own: an application with a gate attached that echoes, and whose loop stands
 * still for as many milliseconds as a client says. It tells on standard output what is decided about its connections.
 */
const server = createServer();
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("message", (data, binary) => {
    const blockedMs = Number(/^block (\d+)$/.exec(Buffer.isBuffer(data) ? data.toString() : "")?.[1] ?? 0);
    const until = performance.now() + blockedMs;
    while (performance.now() < until);
    socket.send(data, { binary });
  });
});

const route = {
  path: "/",
  identity: "anonymous",
  heartbeat: { interval: "1s", missed: 2 },
  connectionLimit: { perAddress: 1000, handshakesPerAddress: "10000/s" },
} as const;
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const gate = attach(
  server,
  { routes: [route] },
  { onEvent: (event) => tell(JSON.stringify({ event: event.type, ...event })) },
);
await gate.ready;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") tell(`listening on http://127.0.0.1:${address.port}`);
});
