import type { Specimen } from "../specimen.ts";
import { allowOrigins, isOwnOrigin, startWs } from "../start-ws.ts";

/** What accepts-null-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that takes null for no origin": {
      start: () => startWs({ refuse: allowOrigins((origin) => origin === "null" || isOwnOrigin(origin)) }),
    },
  },
  clean: { "ws with a list of origins": { start: () => startWs({ refuse: allowOrigins(isOwnOrigin) }) } },
};
