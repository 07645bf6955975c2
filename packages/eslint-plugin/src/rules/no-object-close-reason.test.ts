import { testRule } from "../../test/test-rule.ts";

testRule("no-object-close-reason", {
  valid: [
    'ws.close(1000, "bye");',
    "ws.close();",
    "ws.close(4000, JSON.stringify({ a }));",
    "ws.close(1011, reason);",
    "file.close(1, { force: true });",
  ],
  invalid: [
    { code: 'ws.close(1000, { reason: "bye" });', errors: ["object"] },
    { code: "const socket = new WebSocket(url); socket.close(4000, new Uint8Array(8));", errors: ["object"] },
    { code: 'ws.close(1000, new TextEncoder().encode("bye"));', errors: ["object"] },
    { code: "ws.close(1000, Uint8Array.from([1]));", errors: ["object"] },
    { code: 'ws.close(1011, new Error("x"));', errors: ["object"] },
    {
      code: 'ws.close(1000, "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé");',
      errors: ["long"],
    },
  ],
});
