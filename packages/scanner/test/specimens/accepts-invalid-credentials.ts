import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const settings = tokenSettings();

/** What accepts-invalid-credentials is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that looks whether one is there": {
      start: () => startWs({ refuse: allowTokens((token) => token !== "") }),
      settings,
    },
  },
  clean: { "a server that verifies": { start: () => startWs({ refuse: allowTokens() }), settings } },
};
