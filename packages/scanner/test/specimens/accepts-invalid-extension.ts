import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-invalid-extension is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that echoes the offer": {
      start: () =>
        startNaive({
          head(request, accept) {
            const line = /^sec-websocket-extensions:.*$/im.exec(request)?.[0];
            return [...rightHead(accept), ...(line === undefined ? [] : [line])];
          },
        }),
    },
  },
  clean: {
    "ws with compression": { start: () => startWs({ options: { perMessageDeflate: true } }) },
    "ws as it comes": { start: () => startWs() },
  },
};
