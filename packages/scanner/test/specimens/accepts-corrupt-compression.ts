import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-corrupt-compression is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that says it compresses, and takes any frame": {
      start: () => startNaive({ extensions: "permessage-deflate" }),
    },
  },
  clean: {
    "ws with compression": { start: () => startWs({ options: { perMessageDeflate: true } }) },
  },
};
