import { testRule } from "../../test/test-rule.ts";

testRule("require-back-pressure", {
  valid: [
    'file.on("data", (chunk) => { ws.send(chunk); if (ws.bufferedAmount > LIMIT) file.pause(); });',
    'file.on("data", (chunk) => { ws.send(chunk, (error) => log(error)); });',
    'file.on("data", (chunk) => { response.send(chunk); });',
    "for await (const chunk of file) { await send(chunk); ws.send(chunk); }",
    "for (const one of list) ws.send(one);",
    'file.on("end", () => ws.send("end"));',
  ],
  invalid: [
    { code: 'file.on("data", (chunk) => ws.send(chunk));', errors: ["stream"] },
    {
      code: 'wss.on("connection", (client) => { shell.stdout.on("data", (chunk) => { client.send(chunk.toString()); }); });',
      errors: ["stream"],
    },
    {
      code: "async function run() { for await (const chunk of file) { ws.send(chunk); } }",
      errors: ["stream"],
    },
  ],
});
