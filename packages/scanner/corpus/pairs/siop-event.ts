import type { CorpusPair } from "../pair.ts";
import { socketIoServer } from "../socket-io-server.ts";

/** CVE-2023-32695 in socket.io-parser. */
export const siopEvent: CorpusPair = {
  name: "siop-event",
  advisory: "CVE-2023-32695",
  package: "socket.io-parser",
  vulnerable: "4.2.2",
  fixed: "4.2.3",
  branches: [
    {
      vulnerable: "3.4.2",
      fixed: "3.4.3",
      beside: { "socket.io": "2.5.0" },
      path: "/socket.io/?EIO=3&transport=websocket",
    },
  ],
  beside: { "socket.io": "4.6.2" },
  overrides: { "socket.io-parser": "tested" },
  check: "crashes-on-socket-io-event-name",
  path: "/socket.io/?EIO=4&transport=websocket",
  isDestructive: true,
  server: socketIoServer,
};
