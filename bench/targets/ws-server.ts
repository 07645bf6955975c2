import { WebSocketServer } from "ws";
import { attachIfAsked, createWebServer, listenAndAnnounce } from "./web-server.ts";

// A `ws` echo server, bare or with the gate attached: it is its own backend.

const server = createWebServer();
const accept = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1 << 20 });
accept.on("connection", (client) => {
  client.on("message", (data, binary) => client.send(data, { binary }));
  client.on("error", () => client.terminate());
});
await attachIfAsked(server);
listenAndAnnounce(server);
