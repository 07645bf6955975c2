// The application of compose.yaml: says back what it is told, and checks nothing. That is the gate's.
import { WebSocketServer } from "ws";

// oxlint-disable-next-line sallyport/require-max-payload, sallyport/require-origin-check -- the gate in front of it does both
const server = new WebSocketServer({ port: 3000 });
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
process.once("SIGTERM", () => process.exit(0));
