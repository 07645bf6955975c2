import { testRule } from "../../test/test-rule.ts";

testRule("no-insecure-url", {
  valid: [
    'const socket = new WebSocket("wss://chat.example.com/");',
    'const socket = new WebSocket("ws://localhost:8080/");',
    'const socket = new WebSocket("ws://[::1]:8080/");',
    "const socket = new WebSocket(`ws://127.0.0.1:${port}/`);",
    'const socket = new WebSocket("ws://192.168.4.1/updates");',
    'const socket = new WebSocket("ws://backend:3000");',
    'const scheme = location.protocol === "https:" ? "wss:" : "ws:"; new WebSocket(`${scheme}//${location.host}/chat`);',
    'const plain = url.startsWith("ws://chat.example.com");',
    "const socket = new WebSocket(`ws://${host}:${port}`);",
  ],
  invalid: [
    {
      code: 'const socket = new WebSocket("ws://chat.example.com/");',
      errors: ["insecure"],
      suggested: { messageId: "replace", output: 'const socket = new WebSocket("wss://chat.example.com/");' },
    },
    {
      code: 'const url = "ws://chat.example.com:8080/x";\nconst socket = new ReconnectingWebSocket(url);',
      errors: ["insecure"],
      suggested: {
        messageId: "replace",
        output:
          'const url = "wss://chat.example.com:8080/x";\nconst socket = new ReconnectingWebSocket(url);',
      },
    },
    {
      code: 'export const config = { socketUrl: "ws://api.example.com/v1" as const };',
      errors: ["insecure"],
      suggested: {
        messageId: "replace",
        output: 'export const config = { socketUrl: "wss://api.example.com/v1" as const };',
      },
    },
    {
      code: "const socket = new WebSocket(`ws://api.example.com/rooms/${room}`);",
      errors: ["insecure"],
      suggested: {
        messageId: "replace",
        output: "const socket = new WebSocket(`wss://api.example.com/rooms/${room}`);",
      },
    },
    {
      code: "const socket = new WebSocket(`ws://${window.location.host}/chat`);",
      errors: ["page"],
      suggested: {
        messageId: "replace",
        output: "const socket = new WebSocket(`wss://${window.location.host}/chat`);",
      },
    },
    {
      code: 'const link = createClient({ url: "ws://api.example.com/graphql" });',
      errors: ["insecure"],
      suggested: {
        messageId: "replace",
        output: 'const link = createClient({ url: "wss://api.example.com/graphql" });',
      },
    },
  ],
});
