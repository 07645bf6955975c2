import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-early-frame is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server without listeners until it has answered": {
      start: () =>
        startNaive({
          onOpen({ socket, die }) {
            const early = setImmediate(() => socket.off("data", die));
            socket.prependOnceListener("data", die);
            socket.once("close", () => clearImmediate(early));
          },
        }),
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
  },
};
