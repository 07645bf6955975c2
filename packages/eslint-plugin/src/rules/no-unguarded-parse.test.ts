import { testRule } from "../../test/test-rule.ts";

testRule("no-unguarded-parse", {
  valid: [
    'ws.on("message", (data) => { try { run(JSON.parse(data)); } catch { ws.close(1007); } });',
    "ws.onmessage = (e) => { show(JSON.parse(e.data)); };",
    'process.on("message", (data) => { run(JSON.parse(data)); });',
    'ws.on("message", (data) => { const message = safeParse(data); });',
    'ws.on("message", (data) => { run(JSON.parse(defaults)); });',
    'socket.on("message", (data, rinfo) => { run(JSON.parse(data)); });',
  ],
  invalid: [
    { code: 'ws.on("message", (data) => { run(JSON.parse(data)); });', errors: ["unguarded"] },
    {
      code: 'wss.on("connection", (client) => { client.on("message", function (raw) { const text = raw.toString(); const { type } = JSON.parse(text); }); });',
      errors: ["unguarded"],
    },
    {
      code: 'ws.on("message", async (data: Buffer) => { await run(JSON.parse(data.toString("utf8"))); });',
      errors: ["unguarded"],
    },
    {
      code: 'io.on("connection", (socket) => { socket.on("chat", (text) => { run(JSON.parse(text)); }); });',
      errors: ["unguarded"],
    },
    {
      code: 'ws.on("message", (data) => { try { run(JSON.parse(data)); } finally { done(); } });',
      errors: ["unguarded"],
    },
  ],
});
