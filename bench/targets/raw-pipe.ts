import { connect, createServer, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { listenAndAnnounce } from "./announce.ts";
import { options } from "./web-server.ts";

// What Node costs at the least, as everybody would write it: two sockets, piped into each other.

const listening = { noDelay: true };
const { tls } = options;
const server =
  tls === null
    ? createServer(listening, take)
    : createSecureServer({ ...listening, ...tls, minVersion: "TLSv1.3" }, take);

function take(client: Socket): void {
  const upstream = connect({ host: "127.0.0.1", port: options.backend, noDelay: true });
  client.pipe(upstream);
  upstream.pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
  client.on("close", () => upstream.destroy());
  upstream.on("close", () => client.destroy());
}

listenAndAnnounce(server);
