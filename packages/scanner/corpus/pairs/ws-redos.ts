import type { CorpusPair } from "../pair.ts";
import { wsServer } from "../ws-server.ts";

/** CVE-2021-32640 in ws. */
export const wsRedos: CorpusPair = {
  name: "ws-redos",
  advisory: "CVE-2021-32640",
  package: "ws",
  vulnerable: "7.4.5",
  fixed: "7.4.6",
  branches: [
    { vulnerable: "6.2.1", fixed: "6.2.2" },
    { vulnerable: "5.2.2", fixed: "5.2.3" },
  ],
  check: "slow-subprotocol-parsing",
  flags: ["--max-http-header-size=65536"],
  server: wsServer,
};
