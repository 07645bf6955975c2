import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-length-with-high-bit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that takes any frame": { start: () => startNaive() },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
