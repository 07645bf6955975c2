import { testRule } from "../../test/test-rule.ts";

testRule("no-unlimited-compression", {
  valid: [
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port, perMessageDeflate: false });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port, maxPayload: 65536, perMessageDeflate: { threshold: 1024 } });',
    'import { Server } from "socket.io"; new Server(http, { perMessageDeflate: { threshold: 1024 } });',
    "fetch(url, { perMessageDeflate: true });",
  ],
  invalid: [
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port, maxPayload: 65536, perMessageDeflate: true });',
      errors: ["unlimited"],
    },
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port, maxPayload: 65536, perMessageDeflate: {} });',
      errors: ["unlimited"],
    },
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port, perMessageDeflate: { threshold: 1024 } });',
      errors: ["inflated"],
    },
    {
      code: 'import { Server } from "socket.io"; new Server(http, { perMessageDeflate: true });',
      errors: ["unlimited"],
    },
  ],
});
