import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-request-body is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that reads frames behind the head": { start: () => startNaive() } },
  clean: {
    "ws that refuses bodies": {
      start: () => startWs({ refuse: ({ headers }) => ("content-length" in headers ? 400 : null) }),
    },
  },
};
