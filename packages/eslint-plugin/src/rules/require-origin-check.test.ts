import { testRule } from "../../test/test-rule.ts";

testRule("require-origin-check", {
  valid: [
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 1, verifyClient });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 1, ...options });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer(options);',
    'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer({ server });\nwss.on("connection", (ws, req) => { if (!allowed.has(req.headers.origin)) ws.close(); });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ noServer: true });',
    'import { WebSocketServer } from "ws";\nimport { attach } from "sallyport";\nnew WebSocketServer({ server });\nattach(server, policy);',
    'import { Server } from "socket.io";\nnew Server(http, { allowRequest });',
    'import { Server } from "socket.io";\nnew Server(http, { cors: { origin: "https://app.example.com" } });',
    'import { Server } from "net";\nnew Server({});',
    'import fastify from "fastify";\nimport websocket from "@fastify/websocket";\napp.register(websocket, { options: { verifyClient } });',
  ],
  invalid: [
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 8080 });',
      errors: ["unchecked"],
    },
    {
      code: 'const WebSocket = require("ws");\nconst wss = new WebSocket.Server({ server });',
      errors: ["unchecked"],
    },
    {
      code: 'const { Server } = require("ws");\nconst options = { server };\nconst wss = new Server(options);',
      errors: ["unchecked"],
    },
    {
      code: 'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer({ noServer: true });\nserver.on("upgrade", (req, socket, head) => wss.handleUpgrade(req, socket, head, (ws) => wss.emit("connection", ws, req)));',
      errors: ["unchecked"],
    },
    { code: 'import { Server } from "socket.io";\nconst io = new Server(http);', errors: ["unchecked"] },
    { code: 'const io = require("socket.io")(http, { cors: { origin: "*" } });', errors: ["unchecked"] },
    {
      code: 'import websocket from "@fastify/websocket";\nawait app.register(websocket);',
      errors: ["unchecked"],
    },
    {
      code: 'import { Hono } from "hono";\nimport { upgradeWebSocket } from "hono/cloudflare-workers";\napp.get("/ws", upgradeWebSocket(() => ({ onMessage() {} })));',
      errors: ["unchecked"],
    },
    {
      code: 'import { App } from "uWebSockets.js";\nApp().ws("/*", { message(ws, data) {} });',
      errors: ["unchecked"],
    },
    { code: 'import expressWs from "express-ws";\nexpressWs(app);', errors: ["unchecked"] },
    { code: "Deno.serve((request) => Deno.upgradeWebSocket(request).response);", errors: ["unchecked"] },
  ],
});
