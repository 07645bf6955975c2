import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** CVE-2016-10542 in ws. */
export const wsMaxpayload: CorpusPair = {
  name: "ws-maxpayload",
  advisory: "CVE-2016-10542",
  package: "ws",
  vulnerable: "1.1.0",
  fixed: "1.1.1",
  check: "no-message-size-limit",
  server: wsServer,
};
