import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-duplicate-host is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that admits any handshake": { start: () => startNaive() },
    "ws as it comes, on Node, which keeps the first host": { start: () => startWs() },
  },
  clean: {
    "ws that counts them": {
      start: () =>
        startWs({
          refuse: ({ rawHeaders }) =>
            rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === "host").length === 1
              ? null
              : 400,
        }),
    },
  },
};
