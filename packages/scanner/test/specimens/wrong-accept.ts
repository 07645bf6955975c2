import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const OF_AN_EXAMPLE = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** What wrong-accept is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that answers from a cache": {
      start: () => startNaive({ head: () => rightHead(OF_AN_EXAMPLE) }),
    },
    "a server that leaves it out": {
      start: () => startNaive({ head: () => ["Upgrade: websocket", "Connection: Upgrade"] }),
    },
  },
  clean: { "ws as it comes": { start: () => startWs() } },
};
