import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** GHSA-5v72-xg48-5rpm in ws. */
export const wsInherited: CorpusPair = {
  name: "ws-inherited",
  advisory: "GHSA-5v72-xg48-5rpm",
  package: "ws",
  vulnerable: "3.3.0",
  fixed: "3.3.1",
  branches: [{ vulnerable: "1.1.4", fixed: "1.1.5" }],
  check: "crashes-on-inherited-extension",
  isDestructive: true,
  server: wsServer,
};
