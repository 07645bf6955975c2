import type { CorpusPair } from "../pair.ts";

/** CVE-2022-39386 in @fastify/websocket. */
export const fastifyWs: CorpusPair = {
  name: "fastify-ws",
  advisory: "CVE-2022-39386",
  package: "@fastify/websocket",
  vulnerable: "7.1.0",
  fixed: "7.1.1",
  branches: [{ vulnerable: "5.0.0", fixed: "5.0.1", beside: { fastify: "3.29.5" } }],
  beside: { fastify: "4.29.1" },
  check: "crashes-on-malformed-frame",
  isDestructive: true,
  server: String.raw`const app = require("fastify")();
app.register(require("@fastify/websocket"));
app.register((scope, options, done) => {
  scope.get("/", { websocket: true }, ({ socket }) => socket.on("message", (data) => socket.send(String(data))));
  done();
});
app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" }).then(() => console.log("ready"));`,
};
