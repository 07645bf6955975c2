import { WebSocketServer } from "ws";
import { listenAndAnnounce } from "./announce.ts";
import { attachIfAsked, createWebServer, options } from "./web-server.ts";

// A `ws` echo server, bare or with the gate attached: it is its own backend. With `--broadcast` it sends what it is sent to all.

const server = createWebServer();
const accept = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1 << 20 });
accept.on("connection", (client) => {
  client.on("message", (data, binary) => {
    if (!options.broadcast) return client.send(data, { binary });
    for (const other of accept.clients) other.send(data, { binary });
  });
  client.on("error", () => client.terminate());
});
await attachIfAsked(server);
listenAndAnnounce(server);
