import type { CorpusPair } from "../pair.ts";
import { undiciClient } from "../undici-client.ts";

/** CVE-2026-1526 in undici. */
export const undiciDeflate: CorpusPair = {
  name: "undici-deflate",
  advisory: "CVE-2026-1526",
  package: "undici",
  vulnerable: "7.23.0",
  fixed: "7.24.0",
  branches: [{ vulnerable: "6.23.0", fixed: "6.24.0" }],
  check: "client-no-decompression-limit",
  server: undiciClient,
};
