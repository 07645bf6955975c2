import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

const settings = { subprotocols: ["chat.v1"] };

/** What accepts-without-subprotocol is proven on. */
export const specimen: Specimen = {
  vulnerable: { "ws as it comes": { start: () => startWs(), settings } },
  clean: {
    "ws that asks for one": {
      start: () =>
        startWs({
          refuse: ({ headers }) => (headers["sec-websocket-protocol"] === undefined ? 400 : null),
        }),
      settings,
    },
  },
};
