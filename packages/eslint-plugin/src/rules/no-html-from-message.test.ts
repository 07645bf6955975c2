import { testRule } from "../../test/test-rule.ts";

testRule("no-html-from-message", {
  valid: [
    "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.textContent = event.data; };",
    "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = DOMPurify.sanitize(event.data); };",
    "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = escape(JSON.parse(event.data).text); };",
    'const socket = new WebSocket(url);\nsocket.onmessage = () => { box.innerHTML = "<b>new</b>"; };',
    "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = `${event.data.length} bytes`; };",
    'const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = items.map((item) => escape(item)).join(""); };',
    'const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = JSON.parse(event.data).map((item) => escape(item)).join(""); };',
    'window.addEventListener("message", (event) => { box.innerHTML = event.data; });',
    "worker.onmessage = (event) => { box.innerHTML = event.data; };",
    'const udp = dgram.createSocket("udp4"); udp.on("message", (data) => { box.innerHTML = data; });',
    "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = event.origin; };",
    "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { stream.write(event.data); };",
  ],
  invalid: [
    {
      code: "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { box.innerHTML = event.data; };",
      errors: ["html"],
    },
    {
      code: "const socket = new WebSocket(url);\nsocket.onmessage = ({ data }) => { box.innerHTML += `<li>${data}</li>`; };",
      errors: ["html"],
    },
    {
      code: 'const socket = new WebSocket(url);\nsocket.addEventListener("message", (event: MessageEvent<string>) => { const message = JSON.parse(event.data) as Message; box.outerHTML = "<p>" + message.text + "</p>"; });',
      errors: ["html"],
    },
    {
      code: 'const socket = new WebSocket(url);\nsocket.addEventListener("message", function (event) { const { html, ...rest } = JSON.parse(event.data); box.insertAdjacentHTML("beforeend", html); });',
      errors: ["html"],
    },
    {
      code: "const client = new ReconnectingWebSocket(url);\nclient.onmessage = handle;\nfunction handle(event) { show(JSON.parse(event.data)); }\nfunction show(message) { document.write(message.body); }",
      errors: ["html"],
    },
    {
      code: 'const socket = new WebSocket(url);\nsocket.onmessage = (event) => { const list = JSON.parse(event.data); box.innerHTML = list.map((item) => `<li>${item.name}</li>`).join(""); };',
      errors: ["html"],
    },
    {
      code: "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { JSON.parse(event.data).forEach((item) => { box.innerHTML += item; }); };",
      errors: ["html"],
    },
    {
      code: "const socket = new WebSocket(url);\nsocket.onmessage = async (event) => { const text = await event.data.text(); box.innerHTML = String(text).trim(); };",
      errors: ["html"],
    },
    {
      code: 'const socket = new WebSocket(url);\nlet last; socket.onmessage = (event) => { last = event.data; };\nfunction draw() { box.innerHTML = last ?? ""; }',
      errors: ["html"],
    },
    {
      code: 'import { io } from "socket.io-client";\nconst socket = io();\nsocket.on("chat", (name, text) => { $("#log").html(text); });',
      errors: ["html"],
    },
    {
      code: 'import { on } from "node:events";\nfor await (const [data] of on(ws, "message")) { frame.srcdoc = data.toString(); }',
      errors: ["html"],
    },
    {
      code: "const socket = new WebSocket(url);\nsocket.onmessage = (event) => { const draw = (message) => { for (const item of message.items) box.innerHTML += item; }; draw(JSON.parse(event.data)); };",
      errors: ["html"],
    },
    {
      code: "class View { open() { this.ws = new WebSocket(url); this.ws.onmessage = (e) => { this.box.innerHTML = e.data; }; } }",
      errors: ["html"],
    },
    {
      code: 'class Live extends WebSocket { start() { this.addEventListener("message", (e) => { box.innerHTML = e.data; }); } }',
      errors: ["html"],
    },
  ],
});
