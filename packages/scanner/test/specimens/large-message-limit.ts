import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What large-message-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: { "ws as it comes, with 100 MiB": { start: () => startWs() } },
  clean: { "ws with 1 MiB": { start: () => startWs({ options: { maxPayload: 1_048_576 } }) } },
};
