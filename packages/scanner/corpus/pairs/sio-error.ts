import type { CorpusPair } from "../pair.ts";
import { socketIoServer } from "../socket-io-server.ts";

/** CVE-2024-38355 in socket.io. */
export const sioError: CorpusPair = {
  name: "sio-error",
  advisory: "CVE-2024-38355",
  package: "socket.io",
  vulnerable: "4.6.1",
  fixed: "4.6.2",
  branches: [{ vulnerable: "2.5.0", fixed: "2.5.1", path: "/socket.io/?EIO=3&transport=websocket" }],
  check: "crashes-on-socket-io-error-event",
  path: "/socket.io/?EIO=4&transport=websocket",
  isDestructive: true,
  server: socketIoServer,
};
