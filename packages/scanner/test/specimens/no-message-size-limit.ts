import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What no-message-size-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that waits for the whole": { start: () => startNaive() },
    "ws without a limit": { start: () => startWs({ options: { maxPayload: 0 } }) },
  },
  clean: {
    "ws as it comes, with 100 MiB": { start: () => startWs() },
    "ws with 64 KiB": { start: () => startWs({ options: { maxPayload: 65_536 } }) },
  },
};
