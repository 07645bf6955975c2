import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What no-slow-reader-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: { "ws that echoes": { start: () => startWs() } },
  clean: {
    "ws that looks at what waits": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) => {
              if (socket.bufferedAmount > 65_536) return socket.terminate();
              return socket.send(data.toString("utf8"));
            }),
        }),
    },
    "ws that closes, and has to wait until that is read": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) => {
              if (socket.bufferedAmount > 1_000_000) return socket.close(1008);
              return socket.send(data.toString("utf8"));
            }),
        }),
    },
    "ws that answers pings alone, and not all of them": {
      start: () => startWs({ onConnection: () => undefined }),
    },
  },
};
