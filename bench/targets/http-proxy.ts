import { createServer } from "node:http";
import { createProxyServer } from "http-proxy-3";
import { listenAndAnnounce } from "./announce.ts";

// The proxy library that Node projects reach for: it copies bytes after the 101.

const proxy = createProxyServer({ target: { host: "127.0.0.1", port: Number(process.argv[2]) }, ws: true });
proxy.on("error", () => {});

const server = createServer();
server.on("upgrade", (request, socket, head) => proxy.ws(request, socket, head));
listenAndAnnounce(server);
