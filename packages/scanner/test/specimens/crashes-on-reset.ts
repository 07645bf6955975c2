import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-reset is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that does not listen for errors": {
      start: () => startNaive({ onReset: (die) => die() }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
