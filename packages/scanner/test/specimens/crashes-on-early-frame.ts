import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** What crashes-on-early-frame is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server without listeners right after it has answered": {
      start() {
        const fresh = new WeakSet<object>();
        return startNaive({
          onOpen({ socket }) {
            fresh.add(socket);
            setImmediate(() => fresh.delete(socket));
          },
          onFrame({ reserved }, { socket, die }) {
            if (reserved !== 0 && fresh.has(socket)) die();
            return reserved !== 0;
          },
        });
      },
      settings,
    },
  },
  clean: { "ws as it comes": { start: () => startWs(), settings } },
};
