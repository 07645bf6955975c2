import type { CorpusPair } from "../pair.ts";

/** CVE-2025-30360 in webpack-dev-server. */
export const wdsIp: CorpusPair = {
  name: "wds-ip",
  advisory: "CVE-2025-30360",
  package: "webpack-dev-server",
  vulnerable: "5.2.0",
  fixed: "5.2.1",
  beside: { webpack: "5.99.9" },
  check: "accepts-ip-origin",
  path: "/ws",
  files: { "entry.js": "module.exports = 1;" },
  server: String.raw`const webpack = require("webpack");
const DevServer = require("webpack-dev-server");
const compiler = webpack({ mode: "development", context: __dirname, entry: "./entry.js" });
const server = new DevServer({ port: Number(process.env.PORT), host: "127.0.0.1" }, compiler);
server.start().then(() => console.log("ready"));`,
};
