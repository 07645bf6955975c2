import type { CorpusPair } from "../pair.ts";
import { engineIoServer } from "../engine-io-server.ts";

/** CVE-2022-21676 in engine.io. */
export const eioCrashRsv: CorpusPair = {
  name: "eio-crash-rsv",
  advisory: "CVE-2022-21676",
  package: "engine.io",
  vulnerable: "6.1.0",
  fixed: "6.1.1",
  branches: [
    { vulnerable: "5.2.0", fixed: "5.2.1" },
    { vulnerable: "4.1.1", fixed: "4.1.2" },
  ],
  check: "crashes-on-early-frame",
  path: "/engine.io/?EIO=4&transport=websocket",
  isDestructive: true,
  server: engineIoServer,
};
