import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { listenAndAnnounce } from "./announce.ts";

// A bare `ws` echo server: it is its own backend.

const server = createServer();
const accept = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1 << 20 });
accept.on("connection", (client) => {
  client.on("message", (data, binary) => client.send(data, { binary }));
  client.on("error", () => client.terminate());
});
listenAndAnnounce(server);
