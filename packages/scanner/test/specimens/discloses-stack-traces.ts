import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What discloses-stack-traces is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that answers what was thrown": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) => {
              try {
                socket.send(String(JSON.parse(data.toString("utf8")).type.length));
              } catch (error) {
                socket.send(error instanceof Error ? (error.stack ?? "") : "");
              }
            }),
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
