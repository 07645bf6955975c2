import { testRule } from "../../test/test-rule.ts";

testRule("no-code-from-message", {
  valid: [
    "ws.onmessage = (e) => { setTimeout(() => show(e.data), 10); };",
    "ws.onmessage = (e) => { handlers[JSON.parse(e.data).type](); };",
    'eval("1 + 1");',
    "ws.onmessage = (e) => { parser.eval(e.data); };",
    'ws.on("message", (data) => { ws.runInContext(data); });',
  ],
  invalid: [
    { code: "ws.onmessage = (e) => { eval(e.data); };", errors: ["code"] },
    {
      code: 'ws.on("message", (data) => { const { body } = JSON.parse(data.toString()); new Function("x", body)(1); });',
      errors: ["code"],
    },
    { code: "ws.onmessage = (e) => { window.setTimeout(e.data, 0); };", errors: ["code"] },
    {
      code: 'import vm from "node:vm";\nws.on("message", (data) => { vm.runInNewContext(String(data)); });',
      errors: ["code"],
    },
    {
      code: 'import { runInNewContext } from "vm";\nws.on("message", (data) => { runInNewContext(String(data)); });',
      errors: ["code"],
    },
    { code: 'ws.on("message", (data) => { import(data.toString()); });', errors: ["code"] },
  ],
});
