import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-conflicting-lengths is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that admits any handshake": { start: () => startNaive() } },
  clean: { "ws as it comes": { start: () => startWs() } },
};
