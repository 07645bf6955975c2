import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startWs } from "../start-ws.ts";

/** What no-unfinished-message-timeout is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws as it comes": { start: () => startWs() },
  },
  clean: {
    "ws that pings": {
      start: () => startWs({ onConnection: (socket) => void setInterval(() => socket.ping(), 200).unref() }),
    },
    "Socket.IO, which asks by a message": { start: () => startSocketIo({ pingInterval: 200 }) },
  },
};
