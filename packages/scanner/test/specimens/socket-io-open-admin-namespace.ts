import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";

/** What socket-io-open-admin-namespace is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "Socket.IO with an administration for everybody": {
      start: () => startSocketIo({}, (io) => void io.of("/admin")),
    },
  },
  clean: {
    "Socket.IO with a password": {
      start: () =>
        startSocketIo(
          {},
          (io) => void io.of("/admin").use((_, next) => next(new Error("invalid credentials"))),
        ),
    },
  },
};
