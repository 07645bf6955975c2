import type { CorpusPair } from "../pair.ts";
import { undiciClient } from "../undici-client.ts";

/** CVE-2026-12151 in undici. */
export const undiciFrag: CorpusPair = {
  name: "undici-frag",
  advisory: "CVE-2026-12151",
  package: "undici",
  vulnerable: "7.27.0",
  fixed: "7.28.0",
  branches: [
    { vulnerable: "6.26.0", fixed: "6.27.0" },
    { vulnerable: "8.4.1", fixed: "8.5.0" },
  ],
  check: "client-no-fragment-limit",
  server: undiciClient,
};
