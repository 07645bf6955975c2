import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What no-decompression-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws with compression and 100 MiB": { start: () => startWs({ options: { perMessageDeflate: true } }) },
  },
  clean: {
    "ws with compression and 1 MiB": {
      start: () => startWs({ options: { perMessageDeflate: true, maxPayload: 1_048_576 } }),
    },
  },
};
