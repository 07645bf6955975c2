import type { CorpusPair } from "../pair.ts";
import { fayeServer } from "../faye-server.ts";

/** CVE-2026-54466 in websocket-driver. */
export const wsdriverDraft75: CorpusPair = {
  name: "wsdriver-draft75",
  advisory: "CVE-2026-54466",
  package: "websocket-driver",
  vulnerable: "0.7.4",
  fixed: "0.7.5",
  beside: { "faye-websocket": "0.11.4" },
  overrides: { "websocket-driver": "tested" },
  check: "unbounded-draft-75-length",
  server: fayeServer,
};
