import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What loses-large-numbers is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that parses and writes anew": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) =>
              socket.send(JSON.stringify(JSON.parse(data.toString("utf8")))),
            ),
        }),
    },
  },
  clean: {
    "ws that sends back": { start: () => startWs() },
  },
};
