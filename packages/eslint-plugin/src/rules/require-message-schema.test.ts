import { testRule } from "../../test/test-rule.ts";

testRule("require-message-schema", {
  valid: [
    'ws.on("message", (data) => { const message = schema.parse(JSON.parse(data)); run(message.type); });',
    'ws.on("message", (data) => { const message = JSON.parse(data); if (!isMessage(message)) return; run(message.type); });',
    'ws.on("message", (data) => { const message = JSON.parse(data); if (typeof message.type !== "string") return; run(message.type); });',
    'ws.on("message", (data) => { const message = JSON.parse(data); dispatch(message); });',
    "const config = JSON.parse(text); run(config.port);",
  ],
  invalid: [
    {
      code: 'ws.on("message", (data) => { const message = JSON.parse(data); rooms.get(message.room).send(message.text); });',
      errors: ["unjudged"],
    },
    {
      code: "ws.onmessage = (e) => { const { type } = JSON.parse(e.data) as Message; };",
      errors: ["unjudged"],
    },
    { code: "ws.onmessage = (e) => { show(JSON.parse(e.data).text); };", errors: ["unjudged"] },
  ],
});
