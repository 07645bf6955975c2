import type { CorpusPair } from "../pair.ts";
import { viteServer } from "../vite-server.ts";

/** CVE-2026-39363 in vite. */
export const viteInvoke: CorpusPair = {
  name: "vite-invoke",
  advisory: "CVE-2026-39363",
  package: "vite",
  vulnerable: "7.3.1",
  fixed: "7.3.2",
  check: "development-server-reads-files",
  subprotocols: ["vite-hmr"],
  files: { "index.html": "<!doctype html>" },
  server: viteServer,
};
