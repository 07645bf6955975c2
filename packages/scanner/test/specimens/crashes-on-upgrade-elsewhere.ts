import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-upgrade-elsewhere is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server whose other transports do not expect an upgrade": {
      start: () =>
        startNaive({
          answer: (request, die) => (request.startsWith("GET /info ") ? (die(), "") : undefined),
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
