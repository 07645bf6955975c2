import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What no-connection-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws as it comes": { start: () => startWs() },
  },
  clean: {
    "ws that admits fifty": {
      start() {
        let open = 0;
        return startWs({
          refuse: () => (open > 50 ? 429 : null),
          onConnection(socket) {
            open += 1;
            socket.on("close", () => (open -= 1));
          },
        });
      },
    },
  },
};
