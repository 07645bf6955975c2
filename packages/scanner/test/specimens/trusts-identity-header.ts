import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const settings = tokenSettings();

/** What trusts-identity-header is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that believes x-forwarded-user": {
      start: () =>
        startWs({
          refuse: (request) =>
            request.headers["x-forwarded-user"] === undefined ? allowTokens()(request) : null,
        }),
      settings,
    },
  },
  clean: { "a server that verifies": { start: () => startWs({ refuse: allowTokens() }), settings } },
};
