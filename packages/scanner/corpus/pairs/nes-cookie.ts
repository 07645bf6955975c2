import type { CorpusPair } from "../pair.ts";

/** CVE-2017-16025 in nes. */
export const nesCookie: CorpusPair = {
  name: "nes-cookie",
  advisory: "CVE-2017-16025",
  package: "nes",
  vulnerable: "6.4.0",
  fixed: "6.4.2",
  beside: { hapi: "16.8.4" },
  node: 20,
  check: "crashes-on-malformed-cookie",
  isDestructive: true,
  server: String.raw`const Hapi = require("hapi");
const server = new Hapi.Server();
server.connection({ port: Number(process.env.PORT), host: "127.0.0.1" });
server.auth.scheme("known", () => ({ authenticate: (request, reply) => reply.continue({ credentials: { user: "ann" } }) }));
server.auth.strategy("default", "known", true);
server.register({ register: require("nes"), options: { auth: { type: "cookie", isSecure: false, password: "sallyport-corpus-sallyport-corpus-sallyport" } } }, () => server.start(() => console.log("ready")));`,
};
