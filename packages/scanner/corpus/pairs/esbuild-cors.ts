import type { CorpusPair } from "../pair.ts";

/** GHSA-67mh-4wv8-2f99 in esbuild. */
export const esbuildCors: CorpusPair = {
  name: "esbuild-cors",
  advisory: "GHSA-67mh-4wv8-2f99",
  package: "esbuild",
  vulnerable: "0.24.2",
  fixed: "0.25.0",
  check: "shares-pages-with-any-origin",
  files: { "index.html": "<!doctype html>" },
  server: String.raw`require("esbuild")
  .context({})
  .then((context) => context.serve({ port: Number(process.env.PORT), host: "127.0.0.1", servedir: __dirname }))
  .then(() => console.log("ready"));`,
};
