import type { Specimen } from "../specimen.ts";
import { startJsonRpc, startNaiveJsonRpc } from "../start-json-rpc.ts";

/** What json-rpc-inherited-methods is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that looks for methods in an object": { start: () => startNaiveJsonRpc() },
  },
  clean: {
    "json-rpc-2.0 as it comes": { start: () => startJsonRpc() },
  },
};
