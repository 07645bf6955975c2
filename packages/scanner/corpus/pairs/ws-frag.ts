import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** CVE-2026-48779 in ws. */
export const wsFrag: CorpusPair = {
  name: "ws-frag",
  advisory: "CVE-2026-48779",
  package: "ws",
  vulnerable: "8.20.1",
  fixed: "8.21.0",
  check: "no-fragment-limit",
  server: wsServer,
};
