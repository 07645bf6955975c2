import { testRule } from "../../test/test-rule.ts";

testRule("require-max-payload", {
  valid: [
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 1, maxPayload: 65536 });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer({ ...defaults });',
    'import { WebSocketServer } from "ws";\nnew WebSocketServer(options);',
    'import { Server } from "socket.io";\nnew Server(http);',
    'import { Server } from "socket.io";\nnew Server(http, { maxHttpBufferSize: 1e5 });',
    'import { WebSocketServer } from "./own-server.js";\nnew WebSocketServer({ port: 1 });',
  ],
  invalid: [
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 1 });',
      errors: ["missing"],
      suggested: {
        messageId: "add",
        output:
          'import { WebSocketServer } from "ws";\nnew WebSocketServer({ maxPayload: 64 * 1024, port: 1 });',
      },
    },
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({});',
      errors: ["missing"],
      suggested: {
        messageId: "add",
        output: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ maxPayload: 64 * 1024 });',
      },
    },
    {
      code: 'import { WebSocketServer } from "ws";\nconst options = { port: 1 };\nnew WebSocketServer(options);',
      errors: ["missing"],
    },
    {
      code: 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 1, maxPayload: 0 });',
      errors: ["unbounded"],
    },
    {
      code: 'import { Server } from "socket.io";\nnew Server(http, { maxHttpBufferSize: Infinity });',
      errors: ["unbounded"],
    },
    {
      code: 'import { Server } from "socket.io";\nnew Server({ maxHttpBufferSize: Number.MAX_SAFE_INTEGER });',
      errors: ["unbounded"],
    },
  ],
});
