import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startLenientSocketIo } from "../lenient-socket-io.ts";

const settings = { destructive: true };

/** What crashes-on-socket-io-error-event is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that emits what clients name": { start: startLenientSocketIo, settings },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo(), settings },
  },
};
