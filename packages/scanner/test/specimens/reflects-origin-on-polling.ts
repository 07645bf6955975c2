import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";

/** What reflects-origin-on-polling is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "Socket.IO that reflects, with cookies": {
      start: () => startSocketIo({ cors: { origin: true, credentials: true } }),
    },
    "Socket.IO open to all": { start: () => startSocketIo({ cors: { origin: "*" } }) },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo() },
    "Socket.IO with a list": {
      start: () => startSocketIo({ cors: { origin: ["https://app.example.com"] } }),
    },
  },
};
