import { connect, createServer } from "node:net";
import { listenAndAnnounce } from "./announce.ts";

// What Node costs at the least, as everybody would write it: two sockets, piped into each other.

const backend = Number(process.argv[2]);

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: "127.0.0.1", port: backend, noDelay: true });
  client.pipe(upstream);
  upstream.pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
  client.on("close", () => upstream.destroy());
  upstream.on("close", () => client.destroy());
});

listenAndAnnounce(server);
