import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What no-fragment-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws without the limit": { start: () => startWs({ options: { maxFragments: 0 } }) },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
    "ws with 64 KiB and no limit in fragments": {
      start: () => startWs({ options: { maxPayload: 65_536, maxFragments: 0 } }),
    },
  },
};
