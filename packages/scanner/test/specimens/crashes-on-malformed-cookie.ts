import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-malformed-cookie is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server whose parser of cookies throws": {
      start: () =>
        startNaive({
          answer: (request, die) => (/^cookie: a="$/im.test(request) ? (die(), "") : undefined),
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
