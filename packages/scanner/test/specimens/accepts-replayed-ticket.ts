import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";
import { ticketScene } from "../start-tickets.ts";

const query = "?ticket=sallyport-scan-test";

/** What accepts-replayed-ticket is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that keeps it": { start: () => startWs(), query },
    "a server that keeps what it has given": ticketScene({ keeps: true }),
  },
  clean: {
    "a server that takes out what it has given": ticketScene(),
    "a server that takes it once": {
      start() {
        let isThere = true;
        return startWs({
          refuse() {
            const status = isThere ? null : 401;
            isThere = false;
            return status;
          },
        });
      },
      query,
    },
  },
};
