import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";

/** What polling-reflects-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "Socket.IO that allows every origin, with credentials": {
      start: () => startSocketIo({ cors: { origin: true, credentials: true } }),
    },
    "Socket.IO that allows every origin": { start: () => startSocketIo({ cors: { origin: "*" } }) },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo() },
    "Socket.IO without polling": { start: () => startSocketIo({ transports: ["websocket"] }) },
  },
};
