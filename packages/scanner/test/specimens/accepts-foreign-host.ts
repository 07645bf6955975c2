import type { Specimen } from "../specimen.ts";
import { allowOrigins, isOwnOrigin, startWs } from "../start-ws.ts";

/** What accepts-foreign-host is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that compares Origin with Host": {
      start: () =>
        startWs({ refuse: ({ headers: { origin, host } }) => (origin === `http://${host}` ? null : 403) }),
    },
  },
  clean: { "ws with a list of origins": { start: () => startWs({ refuse: allowOrigins(isOwnOrigin) }) } },
};
