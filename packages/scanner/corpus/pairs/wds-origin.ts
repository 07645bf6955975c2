import type { CorpusPair } from "../pair.ts";

/** CVE-2018-14732 in webpack-dev-server. */
export const wdsOrigin: CorpusPair = {
  name: "wds-origin",
  advisory: "CVE-2018-14732",
  package: "webpack-dev-server",
  vulnerable: "3.1.10",
  fixed: "3.1.14",
  beside: { webpack: "4.47.0" },
  node: 20,
  check: "accepts-foreign-origin",
  path: "/sockjs-node/123/abcdefgh/websocket",
  flags: ["--openssl-legacy-provider"],
  files: { "entry.js": "module.exports = 1;" },
  server: String.raw`const webpack = require("webpack");
const DevServer = require("webpack-dev-server");
const compiler = webpack({ mode: "development", context: __dirname, entry: "./entry.js" });
const server = new DevServer(compiler, { hot: true, quiet: true });
compiler.hooks.done.tap("ready", () => console.log("ready"));
server.listen(Number(process.env.PORT), "127.0.0.1");`,
};
