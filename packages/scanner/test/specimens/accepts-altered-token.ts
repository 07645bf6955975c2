import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const settings = tokenSettings();

/** What accepts-altered-token is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that decodes alone": {
      start: () => startWs({ refuse: allowTokens((_, read) => read !== null) }),
      settings,
    },
  },
  clean: { "a server that verifies": { start: () => startWs({ refuse: allowTokens() }), settings } },
};
