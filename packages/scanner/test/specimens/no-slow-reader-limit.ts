import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What no-slow-reader-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws as it comes": { start: () => startWs() },
  },
  clean: {
    "ws that looks at what waits": {
      start: () =>
        startWs({
          onConnection(socket) {
            socket.on("ping", () => {
              if (socket.bufferedAmount > 65_536) socket.terminate();
            });
          },
        }),
    },
  },
};
