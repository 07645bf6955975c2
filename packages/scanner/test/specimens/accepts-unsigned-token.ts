import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const settings = tokenSettings();

/** What accepts-unsigned-token is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that believes alg none": {
      start: () =>
        startWs({ refuse: allowTokens((_, read) => String(read?.header["alg"]).toLowerCase() === "none") }),
      settings,
    },
  },
  clean: { "a server that verifies": { start: () => startWs({ refuse: allowTokens() }), settings } },
};
