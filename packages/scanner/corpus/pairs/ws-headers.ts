import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** CVE-2024-37890 in ws. */
export const wsHeaders: CorpusPair = {
  name: "ws-headers",
  advisory: "CVE-2024-37890",
  package: "ws",
  vulnerable: "8.17.0",
  fixed: "8.17.1",
  check: "crashes-on-many-headers",
  flags: ["--max-http-header-size=65536"],
  isDestructive: true,
  server: wsServer,
};
