import type { CorpusPair } from "../pair.ts";
import { engineIoServer } from "../engine-io-server.ts";

/** CVE-2022-41940 in engine.io. */
export const eioCrashReset: CorpusPair = {
  name: "eio-crash-reset",
  advisory: "CVE-2022-41940",
  package: "engine.io",
  vulnerable: "6.2.0",
  fixed: "6.2.1",
  branches: [{ vulnerable: "3.6.0", fixed: "3.6.1", path: "/engine.io/?EIO=3&transport=websocket" }],
  check: "crashes-on-reset",
  path: "/engine.io/?EIO=4&transport=websocket",
  isDestructive: true,
  server: engineIoServer,
};
