import type { Specimen } from "../specimen.ts";
import { allowOrigins, isOwnOrigin, startWs } from "../start-ws.ts";

/** What accepts-duplicate-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that takes the first": {
      start: () => startWs({ refuse: allowOrigins((origin) => isOwnOrigin(origin?.split(", ")[0])) }),
    },
    "ws that takes the last": {
      start: () => startWs({ refuse: allowOrigins((origin) => isOwnOrigin(origin?.split(", ").at(-1))) }),
    },
  },
  clean: { "ws with a list of origins": { start: () => startWs({ refuse: allowOrigins(isOwnOrigin) }) } },
};
