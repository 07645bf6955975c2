import { testRule } from "../../test/test-rule.ts";

testRule("no-cors-as-origin-check", {
  valid: [
    'import { Server } from "socket.io";\nnew Server(http, { cors: { origin: "https://a.example" }, allowRequest });',
    'import { Server } from "socket.io";\nnew Server(http, { cors: { origin: "*" } });',
    'import { Server } from "socket.io";\nnew Server(http);',
    'import cors from "cors";\napp.use(cors({ origin: "https://a.example" }));',
  ],
  invalid: [
    {
      code: 'import { Server } from "socket.io";\nconst io = new Server(http, { cors: { origin: "https://a.example" } });',
      errors: ["cors"],
    },
    {
      code: 'import * as sio from "socket.io";\nconst io = new sio.Server({ cors: { origin: [a, b], credentials: true } });',
      errors: ["cors"],
    },
    {
      code: 'const cors = { origin: process.env.ORIGIN };\nconst io = require("socket.io")(http, { cors });',
      errors: ["cors"],
    },
  ],
});
