import type { CorpusPair } from "../pair.ts";
import { socketIoServer } from "../socket-io-server.ts";

/** CVE-2022-2421 in socket.io-parser. */
export const siopPlaceholder: CorpusPair = {
  name: "siop-placeholder",
  advisory: "CVE-2022-2421",
  package: "socket.io-parser",
  vulnerable: "4.2.0",
  fixed: "4.2.1",
  branches: [
    { vulnerable: "4.0.4", fixed: "4.0.5", beside: { "socket.io": "4.4.1" } },
    {
      vulnerable: "3.4.1",
      fixed: "3.4.2",
      beside: { "socket.io": "2.5.0" },
      path: "/socket.io/?EIO=3&transport=websocket",
    },
  ],
  beside: { "socket.io": "4.5.1" },
  overrides: { "socket.io-parser": "tested" },
  check: "socket-io-unchecked-placeholder",
  path: "/socket.io/?EIO=4&transport=websocket",
  server: socketIoServer,
};
