import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What discloses-internals is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that answers the message of what was thrown": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) => {
              try {
                socket.send(String(JSON.parse(data.toString("utf8")).type.length));
              } catch (error) {
                socket.close(1011, String(error).slice(0, 100));
              }
            }),
        }),
    },
    "ws that passes on what its database says": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) =>
              socket.send(data.includes("'") ? 'ERROR: syntax error at or near "\'"' : "{}"),
            ),
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
