import type { CorpusPair } from "../pair.ts";
import { viteServer } from "../vite-server.ts";

/** CVE-2026-39363 in vite. */
export const viteInvoke: CorpusPair = {
  name: "vite-invoke",
  advisory: "CVE-2026-39363",
  package: "vite",
  vulnerable: "7.3.1",
  fixed: "7.3.2",
  branches: [
    { vulnerable: "6.4.1", fixed: "6.4.2" },
    { vulnerable: "8.0.4", fixed: "8.0.5" },
  ],
  check: "development-server-reads-files",
  subprotocols: ["vite-hmr"],
  files: { "index.html": "<!doctype html>" },
  server: viteServer,
};
