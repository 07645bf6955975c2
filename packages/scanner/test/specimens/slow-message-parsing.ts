import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What slow-message-parsing is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that trims with a pattern": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) =>
              socket.send(String(JSON.parse(data.toString("utf8")).text.replace(/ +$/, "").length)),
            ),
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
