import type { Specimen } from "../specimen.ts";
import { startJsonRpc } from "../start-json-rpc.ts";

/** What json-rpc-lists-methods is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "json-rpc-2.0 that describes itself": {
      start: () =>
        startJsonRpc((rpc) => rpc.addMethod("rpc.discover", () => ({ openrpc: "1.3.2", methods: [] }))),
    },
  },
  clean: {
    "json-rpc-2.0 as it comes": { start: () => startJsonRpc() },
  },
};
