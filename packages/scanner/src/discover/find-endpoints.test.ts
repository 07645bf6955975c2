import { describe, expect, it } from "vitest";
import { findEndpoints } from "./find-endpoints.ts";

const page = new URL("https://app.example.com/start/");
const found = (text: string) =>
  findEndpoints(text, page).map(({ url, dialect }) => `${url}${dialect === null ? "" : ` ${dialect}`}`);

describe("findEndpoints", () => {
  it.for([
    ['const s = new WebSocket("wss://ws.example.com/chat")', ["wss://ws.example.com/chat"]],
    ['new WebSocket("/live")', ["wss://app.example.com/live"]],
    ['new WebSocket(new URL("feed", location.href))', ["wss://app.example.com/start/feed"]],
    [
      'const u = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/chat";',
      ["wss://app.example.com/chat"],
    ],
    ["new WebSocket(`wss://${location.host}/rooms/${room}`)", ["wss://app.example.com/rooms/"]],
    ["new WebSocket(`${scheme}://${window.location.host}/chat`)", ["wss://app.example.com/chat"]],
    ['createClient({ lazy: true, url: "wss://app.example.com/api" })', ["wss://app.example.com/api GraphQL"]],
    ['mqtt.connect("wss://broker.example.com:8884/mqtt")', ["wss://broker.example.com:8884/mqtt MQTT"]],
    ['new SockJS("/echo")', ["wss://app.example.com/echo/websocket SockJS"]],
    [
      '<script src="/socket.io/socket.io.js"></script><script>io()</script>',
      ["wss://app.example.com/socket.io/?EIO=4&transport=websocket Socket.IO"],
    ],
    ['<script type="module" src="/@vite/client"></script>', ["wss://app.example.com/ Vite"]],
    ['<meta name="action-cable-url" content="/cable">', ["wss://app.example.com/cable Action Cable"]],
    ["createConsumer()", ["wss://app.example.com/cable Action Cable"]],
  ] as const)("in %s", ([text, urls]) => {
    expect(found(text)).toEqual(urls);
  });

  it("finds nothing in what opens no socket, nor in functions that are called io", () => {
    expect(found('fetch("/ws"); ratio(1, 2); const wss = "wss"; "https://app.example.com/ws"')).toEqual([]);
    expect(found('wss://not.a.literal and "wss://[bad"')).toEqual([]);
  });

  it("names each place once, and no more than twenty", () => {
    const many = Array.from({ length: 50 }, (_, at) => `"wss://app.example.com/${at % 25}"`).join("\n");
    expect(found(many)).toHaveLength(20);
  });

  it("takes no longer than the text is long (CWE-1333)", () => {
    const hostile = [
      "createClient({".repeat(20_000),
      "wss:location.".repeat(20_000),
      `socket.io src="${"/".repeat(300_000)}"`,
      "io( ".repeat(80_000),
      `createConsumer(${" ".repeat(300_000)}`,
    ].join("\n");
    // Quadratic time would be minutes: the limit of every test tells.
    expect(found(hostile)).toEqual([]);
  });
});
