import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-malformed-frame is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server whose parser throws": {
      start: () =>
        startNaive({
          onFrame({ reserved }, { die }) {
            if (reserved !== 0) die();
            return reserved !== 0;
          },
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
