import type { CorpusPair } from "../pair.ts";
import { engineIoServer } from "../engine-io-server.ts";

/** CVE-2023-31125 in engine.io. */
export const eioTransportProto: CorpusPair = {
  name: "eio-transport-proto",
  advisory: "CVE-2023-31125",
  package: "engine.io",
  vulnerable: "6.4.1",
  fixed: "6.4.2",
  check: "engine-io-unknown-transport",
  path: "/engine.io/?EIO=4&transport=websocket",
  server: engineIoServer,
};
