import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-inherited-extension is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that keeps offers in an object": {
      start: () =>
        startNaive({
          answer: (request, die) => (request.includes("Extensions: constructor") ? (die(), "") : undefined),
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
