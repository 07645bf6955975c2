import { testRule } from "../../test/test-rule.ts";

testRule("require-authorization", {
  valid: [
    'wss.on("connection", (ws, request) => { const user = userOf(request); ws.on("message", run); });',
    'wss.on("connection", (ws) => { ws.send(time()); });',
    'server.on("upgrade", (r, s, h) => wss.handleUpgrade(r, s, h, f)); wss.on("connection", (ws) => { ws.on("message", run); });',
    'io.use(check); io.on("connection", (socket) => { socket.on("chat", run); });',
    'io.on("connection", (socket) => { const { token } = socket.handshake.auth; socket.on("chat", run); });',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer({ port, verifyClient }); wss.on("connection", (ws) => { ws.on("message", run); });',
    'import { Server } from "socket.io"; const io = new Server(http, { allowRequest }); io.on("connection", (socket) => { socket.on("chat", run); });',
    'bus.on("connection", (ws) => { ws.on("message", run); });',
  ],
  invalid: [
    { code: 'wss.on("connection", (ws) => { ws.on("message", run); });', errors: ["anybody"] },
    { code: 'io.on("connection", (socket) => { socket.on("chat", run); });', errors: ["anybody"] },
  ],
});
