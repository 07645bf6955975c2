import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenOf, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const expired = { claims: { exp: Math.floor(Date.now() / 1000) - 3600 } };
const expiredToken = tokenOf(expired);
const start = () => startWs({ refuse: allowTokens((token) => token === expiredToken) });

/** What accepts-expired-token is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that does not look, and a token of an hour ago": { start, settings: tokenSettings(expired) },
    "a server that does not look, and two tokens": { start, settings: { ...tokenSettings(), expiredToken } },
  },
  clean: {
    "a server that verifies": {
      start: () => startWs({ refuse: allowTokens() }),
      settings: { ...tokenSettings(), expiredToken },
    },
  },
};
