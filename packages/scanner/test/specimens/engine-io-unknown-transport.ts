import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startLenientSocketIo } from "../lenient-socket-io.ts";

/** What engine-io-unknown-transport is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that looks at no packet": { start: startLenientSocketIo },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo() },
  },
};
