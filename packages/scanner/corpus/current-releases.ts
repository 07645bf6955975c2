import { engineIoServer } from "./engine-io-server.ts";
import type { CurrentRelease } from "./release.ts";
import { socketIoServer } from "./socket-io-server.ts";
import { viteServer } from "./vite-server.ts";
import { wsServer } from "./ws-server.ts";

const own = 'origin === "http://127.0.0.1:" + process.env.PORT';

/** What bare libraries leave to the application. */
const BARE: readonly string[] = [
  "accepts-foreign-origin",
  "large-message-limit",
  "no-connection-limit",
  "no-heartbeat",
  "no-message-rate-limit",
  "no-slow-reader-limit",
  "no-unfinished-message-timeout",
];

/** Current releases that are scanned in whole by `npm run corpus -- --current`. */
export const currentReleases: readonly CurrentRelease[] = [
  { name: "ws", package: "ws", server: wsServer, expected: BARE },
  {
    name: "ws-hardened",
    package: "ws",
    server: String.raw`const { WebSocketServer } = require("ws");
const http = require("http").createServer((request, response) => response.writeHead(404).end());
const server = new WebSocketServer({ noServer: true, maxPayload: 65536, handleProtocols: () => false });
const counts = new Map();
http.on("upgrade", (request, socket, head) => {
  socket.on("error", () => socket.destroy());
  const { origin } = request.headers;
  if (!(${own}) || server.clients.size >= 50) return socket.end("HTTP/1.1 " + (${own} ? "503 Busy" : "403 Forbidden") + "\r\n\r\n");
  server.handleUpgrade(request, socket, head, (peer) => server.emit("connection", peer));
});
server.on("connection", (socket) => {
  let left = 100;
  const timers = [setInterval(() => (left = 100), 1000), setInterval(() => socket.ping(), 10_000)];
  socket.on("close", () => timers.forEach(clearInterval));
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    left -= 1;
    if (left < 0 || socket.bufferedAmount > 1_000_000) return socket.close(1008);
    socket.send(String(data));
  });
});
http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));`,
    expected: [],
  },
  {
    name: "socket.io",
    package: "socket.io",
    path: "/socket.io/?EIO=4&transport=websocket",
    server: socketIoServer,
    expected: ["accepts-foreign-origin", "no-connection-limit", "no-message-rate-limit"],
  },
  {
    name: "socket.io-hardened",
    package: "socket.io",
    path: "/socket.io/?EIO=4&transport=websocket",
    server: String.raw`const { Server } = require("socket.io");
const http = require("http").createServer((request, response) => response.writeHead(404).end());
const isOwn = ({ headers: { origin } }) => ${own};
const io = new Server(http, {
  serveClient: false,
  transports: ["websocket"],
  maxHttpBufferSize: 65536,
  allowRequest: (request, done) => done(null, isOwn(request) && io.engine.clientsCount < 50),
});
io.engine.on("connection", (socket) => {
  let left = 100;
  const timer = setInterval(() => (left = 100), 1000);
  socket.on("close", () => clearInterval(timer));
  socket.on("packet", () => (left -= 1) < 0 && socket.close());
});
io.on("connection", (socket) => socket.on("msg", () => socket.emit("answer", "heard")));
http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));`,
    expected: [],
  },
  {
    name: "engine.io",
    package: "engine.io",
    path: "/engine.io/?EIO=4&transport=websocket",
    server: engineIoServer,
    expected: ["accepts-foreign-origin", "no-connection-limit", "no-message-rate-limit"],
  },
  {
    name: "graphql-ws",
    package: "graphql-ws",
    beside: { graphql: "^16.11.0", ws: "latest" },
    subprotocols: ["graphql-transport-ws"],
    server: String.raw`const { useServer } = require("graphql-ws/use/ws");
const { buildSchema } = require("graphql");
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" }, () => console.log("ready"));
useServer({ schema: buildSchema("type Query { hello: String }") }, server);`,
    expected: [
      "accepts-foreign-origin",
      "graphql-allows-introspection",
      "graphql-no-alias-limit",
      "graphql-no-depth-limit",
      "large-message-limit",
      "no-connection-limit",
      "no-message-rate-limit",
      "no-ping-rate-limit",
    ],
  },
  {
    name: "vite",
    package: "vite",
    subprotocols: ["vite-hmr"],
    files: { "index.html": "<!doctype html>" },
    server: viteServer,
    expected: [
      "large-message-limit",
      "no-connection-limit",
      "no-heartbeat",
      "no-message-rate-limit",
      "no-ping-rate-limit",
      "no-unfinished-message-timeout",
    ],
  },
  {
    name: "webpack-dev-server",
    package: "webpack-dev-server",
    beside: { webpack: "5.113.0" },
    path: "/ws",
    files: { "entry.js": "module.exports = 1;" },
    server: String.raw`const webpack = require("webpack");
const DevServer = require("webpack-dev-server");
const compiler = webpack({ mode: "development", context: __dirname, entry: "./entry.js" });
const server = new DevServer({ port: Number(process.env.PORT), host: "127.0.0.1" }, compiler);
server.start().then(() => console.log("ready"));`,
    expected: ["accepts-app-origin", "accepts-other-port", "large-message-limit", "no-message-rate-limit"],
  },
  {
    name: "fastify-websocket",
    package: "@fastify/websocket",
    beside: { fastify: "5.4.0" },
    server: String.raw`const app = require("fastify")();
app.register(require("@fastify/websocket"));
app.register(async (scope) => {
  scope.get("/", { websocket: true }, (socket) => socket.on("message", (data) => socket.send(String(data))));
});
app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" }).then(() => console.log("ready"));`,
    expected: BARE,
  },
];
