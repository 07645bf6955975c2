import type { Specimen } from "../specimen.ts";
import { allowOrigins, echo, isOwnOrigin, startWs } from "../start-ws.ts";

/** What accepts-foreign-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws as it comes": { start: () => startWs() },
    "ws that greets everybody": {
      start: () => startWs({ onConnection: (socket) => socket.send("welcome") }),
    },
  },
  clean: {
    "ws that answers foreign origins with 403": {
      start: () => startWs({ refuse: allowOrigins(isOwnOrigin) }),
    },
    "ws that accepts every origin, says why it does not like it, and closes (webpack-dev-server 3.1.11)": {
      start: () =>
        startWs({
          onConnection(socket, { headers }) {
            if (isOwnOrigin(headers.origin)) return echo(socket);
            socket.send("Invalid Host/Origin header");
            return socket.close();
          },
        }),
    },
  },
};
