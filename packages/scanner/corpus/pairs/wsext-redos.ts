import type { CorpusPair } from "../pair.ts";
import { fayeServer } from "../faye-server.ts";

/** CVE-2020-7662 in websocket-extensions. */
export const wsextRedos: CorpusPair = {
  name: "wsext-redos",
  advisory: "CVE-2020-7662",
  package: "websocket-extensions",
  vulnerable: "0.1.3",
  fixed: "0.1.4",
  beside: { "faye-websocket": "0.11.4" },
  overrides: { "websocket-extensions": "tested", "websocket-driver": "0.7.3" },
  check: "slow-extension-parsing",
  server: fayeServer,
};
