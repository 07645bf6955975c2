import { testRule } from "../../test/test-rule.ts";

testRule("require-error-listener", {
  valid: [
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { ws.on("error", console.error); ws.on("message", reply); });',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { ws.on("message", reply).on("error", log); });',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { ws.onerror = log; });',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { new Session(ws).start(); });',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { this.socket = ws; });',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { for (const name of ["close", "error"]) ws.on(name, end); });',
    'io.on("connection", (socket) => { socket.on("chat", reply); });',
    'server.on("connection", (socket) => { socket.on("data", reply); });',
    'server.on("upgrade", (req, socket, head) => { wss.handleUpgrade(req, socket, head, done); });',
    'server.on("upgrade", (req, socket, head) => { if (!ok(req)) { socket.destroy(); return; } wss.handleUpgrade(req, socket, head, done); });',
    'server.on("upgrade", async (req, socket, head) => { socket.on("error", log); await ok(req); socket.end("x"); });',
    'server.on("upgrade", (req, socket, head) => { proxy(req, socket, head); socket.end(); });',
  ],
  invalid: [
    {
      code: 'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nwss.on("connection", (ws) => { ws.on("message", (data) => ws.send(data)); });',
      errors: ["connection"],
    },
    {
      code: 'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer(o);\nfunction welcome(ws: WebSocket) { sockets.add(ws); ws.send("hello"); }\nwss.on("connection", welcome);',
      errors: ["connection"],
    },
    {
      code: 'server.on("upgrade", (req, socket) => { socket.write("HTTP/1.1 401 Unauthorized\\r\\n\\r\\n"); socket.destroy(); });',
      errors: ["upgrade"],
    },
    {
      code: 'server.on("upgrade", async (req, socket, head) => { const user = await find(req); wss.handleUpgrade(req, socket, head, done); });',
      errors: ["upgrade"],
    },
    {
      code: 'server.on("upgrade", (req, socket, head) => { session(req, {}, () => { wss.handleUpgrade(req, socket, head, done); }); });',
      errors: ["upgrade"],
    },
  ],
});
