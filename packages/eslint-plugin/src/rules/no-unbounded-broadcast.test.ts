import { testRule } from "../../test/test-rule.ts";

testRule("no-unbounded-broadcast", {
  valid: [
    "wss.clients.forEach((client) => { if (client.readyState === WebSocket.OPEN) client.send(text); });",
    "for (const client of wss.clients) { if (client.bufferedAmount > LIMIT) client.terminate(); else client.send(text); }",
    "wss.clients.forEach((client) => client.send(text, (error) => { if (error) client.terminate(); }));",
    "wss.clients.forEach((client) => client.ping());",
    "store.clients.forEach((client) => client.send(text));",
  ],
  invalid: [
    { code: "wss.clients.forEach((client) => { client.send(text); });", errors: ["unbounded"] },
    {
      code: "wss.clients.forEach(function each(client: WebSocket) { if (client !== ws) client.send(text); });",
      errors: ["unbounded"],
    },
    { code: "for (const client of this.wss.clients) client.send(text);", errors: ["unbounded"] },
    {
      code: "wss.clients.forEach((client) => { if (client.readyState === 1) client.send(text); });",
      errors: ["unbounded"],
      options: [{ readyState: "does-not-suffice" }],
    },
  ],
});
