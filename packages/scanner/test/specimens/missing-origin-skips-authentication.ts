import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const settings = tokenSettings();

/** What missing-origin-skips-authentication is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that asks pages alone": {
      start: () =>
        startWs({
          refuse: (request) => (request.headers.origin === undefined ? null : allowTokens()(request)),
        }),
      settings,
    },
  },
  clean: { "a server that verifies": { start: () => startWs({ refuse: allowTokens() }), settings } },
};
