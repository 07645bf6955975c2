import type { CorpusPair } from "../pair.ts";

/** CVE-2023-22477 in mercurius. */
export const mercuriusFrame: CorpusPair = {
  name: "mercurius-frame",
  advisory: "CVE-2023-22477",
  package: "mercurius",
  vulnerable: "11.4.0",
  fixed: "11.5.0",
  beside: { fastify: "4.29.1" },
  check: "crashes-on-malformed-frame",
  path: "/graphql",
  subprotocols: ["graphql-transport-ws"],
  isDestructive: true,
  server: String.raw`const app = require("fastify")();
app.register(require("mercurius"), { schema: "type Query { hello: String }", resolvers: {}, subscription: true });
app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" }).then(() => console.log("ready"));`,
};
