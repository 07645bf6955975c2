import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";

/** What socket-io-any-namespace is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "Socket.IO with a pattern for every name": { start: () => startSocketIo({}, (io) => void io.of(/^\/./)) },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo() },
  },
};
