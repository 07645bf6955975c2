import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What echoes-unknown-subprotocol is proven on. */
export const specimen: Specimen = {
  vulnerable: { "ws as it comes": { start: () => startWs() } },
  clean: {
    "ws that knows what it speaks": {
      start: () =>
        startWs({
          options: { handleProtocols: (offered) => (offered.has("chat.v1") ? "chat.v1" : false) },
        }),
    },
  },
};
