import type { CorpusPair } from "../pair.ts";
import { viteServer } from "../vite-server.ts";

/** CVE-2025-24010 in vite. */
export const viteCswsh: CorpusPair = {
  name: "vite-cswsh",
  advisory: "CVE-2025-24010",
  package: "vite",
  vulnerable: "6.0.8",
  fixed: "6.0.9",
  branches: [
    { vulnerable: "5.4.11", fixed: "5.4.12" },
    { vulnerable: "4.5.5", fixed: "4.5.6" },
  ],
  check: "accepts-foreign-origin",
  subprotocols: ["vite-hmr"],
  files: { "index.html": "<!doctype html>" },
  server: viteServer,
};
