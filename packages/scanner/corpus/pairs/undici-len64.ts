import type { CorpusPair } from "../pair.ts";
import { undiciClient } from "../undici-client.ts";

/** CVE-2026-1528 in undici. */
export const undiciLen64: CorpusPair = {
  name: "undici-len64",
  advisory: "CVE-2026-1528",
  package: "undici",
  vulnerable: "7.23.0",
  fixed: "7.24.0",
  branches: [{ vulnerable: "6.23.0", fixed: "6.24.0" }],
  check: "client-crashes-on-huge-length",
  server: undiciClient,
};
