import type { CorpusPair } from "../pair.ts";
import { socketIoServer } from "../socket-io-server.ts";

/** CVE-2026-33151 in socket.io-parser. */
export const siopAttach: CorpusPair = {
  name: "siop-attach",
  advisory: "CVE-2026-33151",
  package: "socket.io-parser",
  vulnerable: "4.2.5",
  fixed: "4.2.6",
  branches: [
    {
      vulnerable: "3.4.3",
      fixed: "3.4.4",
      beside: { "socket.io": "2.5.1" },
      path: "/socket.io/?EIO=3&transport=websocket",
    },
  ],
  beside: { "socket.io": "4.8.1" },
  overrides: { "socket.io-parser": "tested" },
  check: "socket-io-no-attachment-limit",
  path: "/socket.io/?EIO=4&transport=websocket",
  server: socketIoServer,
};
