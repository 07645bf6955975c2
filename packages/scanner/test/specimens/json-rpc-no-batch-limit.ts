import type { Specimen } from "../specimen.ts";
import { startJsonRpc } from "../start-json-rpc.ts";

/** What json-rpc-no-batch-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "json-rpc-2.0 as it comes": { start: () => startJsonRpc() },
  },
  clean: {
    "json-rpc-2.0 behind a limit of ten calls": { start: () => startJsonRpc(undefined, 10) },
  },
};
