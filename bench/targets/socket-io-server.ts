import { Server } from "socket.io";
import { listenAndAnnounce } from "./announce.ts";
import { attachIfAsked, createWebServer } from "./web-server.ts";

// A Socket.IO server that sends each event back, bare or with the gate attached. Its pings would be more than the generator
// knows of the protocol: none comes within a run.

const HOUR_MS = 3_600_000;

const server = createWebServer();
const accept = new Server(server, { pingInterval: HOUR_MS });
accept.on("connection", (client) => {
  client.on("m", (value: unknown) => client.emit("m", value));
});
await attachIfAsked(server);
listenAndAnnounce(server);
