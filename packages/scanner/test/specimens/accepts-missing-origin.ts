import type { Specimen } from "../specimen.ts";
import { allowOrigins, isOwnOrigin, startWs } from "../start-ws.ts";

/** What accepts-missing-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that admits programs": {
      start: () => startWs({ refuse: allowOrigins((origin) => origin === undefined || isOwnOrigin(origin)) }),
    },
  },
  clean: {
    "ws with a list of origins": { start: () => startWs({ refuse: allowOrigins(isOwnOrigin) }) },
    "ws that admits programs without cookies": {
      start: () =>
        startWs({
          refuse: ({ headers: { origin, cookie } }) =>
            isOwnOrigin(origin) || (origin === undefined && cookie === undefined) ? null : 403,
        }),
    },
  },
};
