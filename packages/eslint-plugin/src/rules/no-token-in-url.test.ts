import { testRule } from "../../test/test-rule.ts";

testRule("no-token-in-url", {
  valid: [
    'new WebSocket("wss://a.example/chat?room=1");',
    "new WebSocket(`wss://a.example/?ticket=${ticket}`);",
    'const url = new URL("wss://a.example/"); url.searchParams.set("room", room); new WebSocket(url);',
    'import { io } from "socket.io-client";\nio("https://a.example", { auth: { token } });',
    "fetch(`/login?token=${token}`);",
    'app.get("/x", (req) => new URL(req.url).searchParams.get("token"));',
  ],
  invalid: [
    { code: "new WebSocket(`wss://a.example/chat?token=${token}`);", errors: ["url"] },
    {
      code: 'const url = "wss://a.example/?room=1&access_token=" + token;\nnew WebSocket(url);',
      errors: ["url"],
    },
    {
      code: 'const url = new URL("wss://a.example/"); url.searchParams.set("token", token); new WebSocket(url);',
      errors: ["url"],
    },
    {
      code: 'const url = new URL("wss://a.example/"); url.searchParams.append("jwt", token); new WebSocket(url.toString());',
      errors: ["url"],
    },
    {
      code: 'const url = new URL("wss://a.example/"); url.searchParams.append("jwt", token); new WebSocket(url.href);',
      errors: ["url"],
    },
    {
      code: 'import { io } from "socket.io-client";\nio("https://a.example", { query: { token } });',
      errors: ["query"],
    },
    {
      code: 'server.on("upgrade", (req, socket) => { const url = new URL(req.url, "ws://x"); const token = url.searchParams.get("token"); });',
      errors: ["read"],
    },
  ],
});
