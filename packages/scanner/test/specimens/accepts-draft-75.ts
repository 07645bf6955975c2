import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-draft-75 is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that speaks it beside the standard": {
      start: () =>
        startNaive({
          head: (request, accept) =>
            /sec-websocket-key:/i.test(request)
              ? rightHead(accept)
              : ["Upgrade: WebSocket", "Connection: Upgrade", "WebSocket-Origin: null"],
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
    "a server that takes it for a handshake of the standard": { start: () => startNaive() },
  },
};
