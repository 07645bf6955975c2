import type { CorpusPair } from "../pair.ts";
import { socketIoServer } from "../socket-io-server.ts";

/** CVE-2020-28481 in socket.io. */
export const sioCors: CorpusPair = {
  name: "sio-cors",
  advisory: "CVE-2020-28481",
  package: "socket.io",
  vulnerable: "2.3.0",
  fixed: "2.4.0",
  check: "polling-reflects-origin",
  path: "/socket.io/?EIO=3&transport=websocket",
  server: socketIoServer,
};
