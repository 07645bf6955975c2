import type { CorpusPair } from "../pair.ts";
import { viteServer } from "../vite-server.ts";

/** CVE-2025-24010 in vite. */
export const viteCswsh: CorpusPair = {
  name: "vite-cswsh",
  advisory: "CVE-2025-24010",
  package: "vite",
  vulnerable: "6.0.8",
  fixed: "6.0.9",
  check: "accepts-foreign-origin",
  subprotocols: ["vite-hmr"],
  files: { "index.html": "<!doctype html>" },
  server: viteServer,
};
