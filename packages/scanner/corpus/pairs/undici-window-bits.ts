import type { CorpusPair } from "../pair.ts";
import { undiciClient } from "../undici-client.ts";

/** CVE-2026-2229 in undici. */
export const undiciWindowBits: CorpusPair = {
  name: "undici-window-bits",
  advisory: "CVE-2026-2229",
  package: "undici",
  vulnerable: "7.23.0",
  fixed: "7.24.0",
  branches: [{ vulnerable: "6.23.0", fixed: "6.24.0" }],
  check: "client-crashes-on-extension-answer",
  server: undiciClient,
};
