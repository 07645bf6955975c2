import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What accepts-overlong-length is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that takes any frame": { start: () => startNaive() },
    "ws as it comes": { start: () => startWs() },
  },
  clean: {
    "a server that takes a long message, with its length in two bytes": {
      start: () =>
        startNaive({
          onOpen({ socket }) {
            socket.prependListener("data", (chunk: Buffer) => {
              if (((chunk[1] ?? 0) & 0x7f) === 127) socket.destroy();
            });
          },
        }),
      settings: { messages: ["x".repeat(200)] },
    },
    "a server that looks at the first bytes": {
      start: () =>
        startNaive({
          onOpen({ socket }) {
            socket.prependListener("data", (chunk: Buffer) => {
              if (((chunk[1] ?? 0) & 0x7f) > 125 && chunk.length < 126) socket.destroy();
            });
          },
        }),
    },
  },
};
