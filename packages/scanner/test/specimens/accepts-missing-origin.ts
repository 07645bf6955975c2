import type { Specimen } from "../specimen.ts";
import { allowTokens, tokenSettings } from "../allow-tokens.ts";
import { allowOrigins, isOwnOrigin, startWs } from "../start-ws.ts";

/** What accepts-missing-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that admits programs": {
      start: () => startWs({ refuse: allowOrigins((origin) => origin === undefined || isOwnOrigin(origin)) }),
    },
  },
  clean: {
    "a server that knows its users by a token, which no browser sends by itself": {
      start: () =>
        startWs({
          refuse: (request) =>
            allowTokens()(request) ??
            allowOrigins((origin) => origin === undefined || isOwnOrigin(origin))(request),
        }),
      settings: tokenSettings(),
    },
    "a server that asks programs for the token beside the cookie": {
      start: () =>
        startWs({
          refuse: ({ headers: { origin, authorization } }) =>
            isOwnOrigin(origin) || (origin === undefined && authorization !== undefined) ? null : 403,
        }),
      settings: {
        credentials: [
          ["Cookie", "sid=open-sesame"],
          ["Authorization", "Bearer of-the-user"],
        ],
      },
    },
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
