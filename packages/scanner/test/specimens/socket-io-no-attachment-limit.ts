import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startLenientSocketIo } from "../lenient-socket-io.ts";

/** What socket-io-no-attachment-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that looks at no packet": { start: startLenientSocketIo },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo() },
  },
};
