import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startLenientSocketIo } from "../lenient-socket-io.ts";

const settings = { destructive: true };

/** What crashes-on-socket-io-event-name is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that takes any name for text": { start: startLenientSocketIo, settings },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo(), settings },
  },
};
