/** A server of faye-websocket that echoes. */
export const fayeServer: string = String.raw`const http = require("http").createServer((request, response) => response.end());
const WebSocket = require("faye-websocket");
http.on("upgrade", (request, socket, head) => {
  const peer = new WebSocket(request, socket, head);
  peer.on("message", (event) => peer.send(event.data));
});
http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));`;
