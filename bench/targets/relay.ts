import { type RawData, WebSocket, WebSocketServer } from "ws";
import { listenAndAnnounce } from "./announce.ts";
import { createWebServer, options } from "./web-server.ts";

// What teams write by hand to look at messages: a `ws` server and a `ws` client, back to back. `--parse`: and JSON.parse
// of each text message, both ways.

const server = createWebServer();
const accept = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1 << 20 });

accept.on("connection", (client) => {
  const upstream = new WebSocket(`ws://127.0.0.1:${options.backend}`, { perMessageDeflate: false });
  const waiting: [RawData, boolean][] = [];
  client.on("message", (data, binary) => {
    if (upstream.readyState === WebSocket.OPEN) relay(upstream, data, binary);
    else waiting.push([data, binary]);
  });
  upstream.on("open", () => {
    for (const [data, binary] of waiting) relay(upstream, data, binary);
    waiting.length = 0;
  });
  upstream.on("message", (data, binary) => relay(client, data, binary));
  client.on("close", () => upstream.close());
  upstream.on("close", () => client.close());
  client.on("error", () => upstream.terminate());
  upstream.on("error", () => client.terminate());
});

/** As `ws` gives messages by default: one `Buffer`. */
function textOf(data: RawData): string {
  if (!Buffer.isBuffer(data)) throw new Error("not a Buffer");
  return data.toString();
}

function relay(to: WebSocket, data: RawData, binary: boolean): void {
  if (options.parse && !binary) JSON.parse(textOf(data));
  to.send(data, { binary });
}

listenAndAnnounce(server);
