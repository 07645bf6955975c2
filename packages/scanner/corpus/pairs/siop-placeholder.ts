import type { CorpusPair } from "../pair.ts";
import { socketIoServer } from "../socket-io-server.ts";

/** CVE-2022-2421 in socket.io-parser. */
export const siopPlaceholder: CorpusPair = {
  name: "siop-placeholder",
  advisory: "CVE-2022-2421",
  package: "socket.io-parser",
  vulnerable: "4.2.0",
  fixed: "4.2.1",
  beside: { "socket.io": "4.5.1" },
  overrides: { "socket.io-parser": "tested" },
  check: "socket-io-unchecked-placeholder",
  path: "/socket.io/?EIO=4&transport=websocket",
  server: socketIoServer,
};
