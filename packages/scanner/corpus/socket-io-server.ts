/** A Socket.IO server that answers one event, of any version. */
export const socketIoServer: string = String.raw`const http = require("http").createServer();
const { Server } = require("socket.io");
const io = Server ? new Server(http) : require("socket.io")(http);
io.on("connection", (socket) => socket.on("msg", () => socket.emit("answer", "heard")));
http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));`;
