import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

const query = "?ticket=sallyport-scan-test";

/** What accepts-replayed-ticket is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that keeps it": { start: () => startWs(), query } },
  clean: {
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
