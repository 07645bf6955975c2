import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenOf, tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const tokenOfQuery = (url = ""): string => new URL(url, "ws://localhost").searchParams.get("token") ?? "";

/** What accepts-token-in-url is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that knows users by the query": {
      start: () => startWs({ refuse: ({ url }) => (tokenOfQuery(url) === tokenOf() ? null : 401) }),
      query: `?token=${tokenOf()}`,
    },
    "a server that takes either": {
      start: () =>
        startWs({
          refuse: (request) => (tokenOfQuery(request.url) === tokenOf() ? null : allowTokens()(request)),
        }),
      settings: tokenSettings(),
    },
  },
  clean: {
    "a server that takes the header": {
      start: () => startWs({ refuse: allowTokens() }),
      settings: tokenSettings(),
    },
  },
};
