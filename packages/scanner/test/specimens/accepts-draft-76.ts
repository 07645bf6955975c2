import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-draft-76 is proven on: a server that knows the answer of the draft's example. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that speaks it": {
      start: () =>
        startNaive({
          onOpen({ socket, request }) {
            if (/sec-websocket-key1/i.test(request)) socket.write("8jKS'y:G*Co,Wxa-");
          },
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
    "a server that takes it for something else": { start: () => startNaive() },
  },
};
