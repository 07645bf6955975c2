import type { CorpusPair } from "../pair.ts";

/** CVE-2023-37899 in @feathersjs/socketio. */
export const feathersName: CorpusPair = {
  name: "feathers-name",
  advisory: "CVE-2023-37899",
  package: "@feathersjs/socketio",
  vulnerable: "5.0.6",
  fixed: "5.0.8",
  beside: { "@feathersjs/feathers": "5.0.8", "@feathersjs/express": "5.0.8" },
  overrides: { "@feathersjs/transport-commons": "tested" },
  check: "crashes-on-odd-message",
  path: "/socket.io/?EIO=4&transport=websocket",
  isDestructive: true,
  server: String.raw`const { feathers } = require("@feathersjs/feathers");
const http = require("http").createServer();
const app = feathers();
app.configure(require("@feathersjs/socketio")());
app.use("messages", { async find() { return []; }, async get(id) { return { id }; } });
app.setup(http).then(() => http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready")));`,
};
