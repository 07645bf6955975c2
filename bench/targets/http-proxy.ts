import { createProxyServer } from "http-proxy-3";
import { listenAndAnnounce } from "./announce.ts";
import { createWebServer, options } from "./web-server.ts";

// The proxy library that Node projects reach for: it copies bytes after the 101.

const proxy = createProxyServer({ target: { host: "127.0.0.1", port: options.backend }, ws: true });
proxy.on("error", () => {});

const server = createWebServer();
server.on("upgrade", (request, socket, head) => proxy.ws(request, socket, head));
listenAndAnnounce(server);
