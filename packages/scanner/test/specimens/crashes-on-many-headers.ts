import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-many-headers is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that keeps the first thousand headers": {
      start: () =>
        startNaive({
          answer: (request, die) => (request.split("\r\n").length > 1000 ? (die(), "") : undefined),
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
