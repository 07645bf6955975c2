import type { CorpusPair } from "../pair.ts";

/** CVE-2026-54466 in websocket-driver. */
export const wsdriverDraft75: CorpusPair = {
  name: "wsdriver-draft75",
  advisory: "CVE-2026-54466",
  package: "websocket-driver",
  vulnerable: "0.7.4",
  fixed: "0.7.5",
  beside: { "faye-websocket": "0.11.4" },
  overrides: { "websocket-driver": "tested" },
  check: "unbounded-draft-75-length",
  server: String.raw`const http = require("http").createServer((request, response) => response.end());
const WebSocket = require("faye-websocket");
http.on("upgrade", (request, socket, head) => {
  const peer = new WebSocket(request, socket, head);
  peer.on("message", (event) => peer.send(event.data));
});
http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));`,
};
