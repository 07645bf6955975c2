/** A `ws` server that echoes, of any version. */
export const wsServer: string = String.raw`const { Server } = require("ws");
const server = new Server({ port: Number(process.env.PORT), host: "127.0.0.1" }, () => console.log("ready"));
server.on("connection", (socket) => {
  socket.on("error", () => undefined);
  socket.on("message", (data) => socket.send(String(data)));
});`;
