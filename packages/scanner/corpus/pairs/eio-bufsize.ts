import type { CorpusPair } from "../pair.ts";
import { engineIoServer } from "../engine-io-server.ts";

/** CVE-2020-36048 in engine.io. */
export const eioBufsize: CorpusPair = {
  name: "eio-bufsize",
  advisory: "CVE-2020-36048",
  package: "engine.io",
  vulnerable: "3.5.0",
  fixed: "3.6.0",
  check: "large-message-limit",
  path: "/engine.io/?EIO=3&transport=websocket",
  server: engineIoServer,
};
