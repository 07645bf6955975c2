// The application of compose.yaml: says back what it is told, and checks nothing. That is the gate's.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 3000 });
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
process.once("SIGTERM", () => process.exit(0));
