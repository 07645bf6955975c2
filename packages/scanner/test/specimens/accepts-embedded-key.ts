import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const settings = tokenSettings();

/** What accepts-embedded-key is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that takes the key from the token": {
      start: () => startWs({ refuse: allowTokens((_, read) => read?.header["jwk"] !== undefined) }),
      settings,
    },
  },
  clean: { "a server that verifies": { start: () => startWs({ refuse: allowTokens() }), settings } },
};
