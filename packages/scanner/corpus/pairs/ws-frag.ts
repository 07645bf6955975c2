import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** CVE-2026-48779 in ws. */
export const wsFrag: CorpusPair = {
  name: "ws-frag",
  advisory: "CVE-2026-48779",
  package: "ws",
  vulnerable: "8.20.1",
  fixed: "8.21.0",
  branches: [
    { vulnerable: "7.5.10", fixed: "7.5.11" },
    { vulnerable: "6.2.3", fixed: "6.2.4" },
    { vulnerable: "5.2.4", fixed: "5.2.5" },
  ],
  check: "no-fragment-limit",
  server: wsServer,
};
