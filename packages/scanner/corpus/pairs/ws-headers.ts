import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** CVE-2024-37890 in ws. */
export const wsHeaders: CorpusPair = {
  name: "ws-headers",
  advisory: "CVE-2024-37890",
  package: "ws",
  vulnerable: "8.17.0",
  fixed: "8.17.1",
  branches: [
    { vulnerable: "7.5.9", fixed: "7.5.10" },
    { vulnerable: "6.2.2", fixed: "6.2.3" },
    { vulnerable: "5.2.3", fixed: "5.2.4" },
  ],
  node: 20,
  check: "crashes-on-many-headers",
  flags: ["--max-http-header-size=65536"],
  isDestructive: true,
  server: wsServer,
};
