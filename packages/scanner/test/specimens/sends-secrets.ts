import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** What sends-secrets is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that greets with a whole user": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            socket.send(JSON.stringify({ name: "Ada", password: `$2b$10$${"a".repeat(53)}` })),
        }),
    },
  },
  clean: {
    "ws that greets with a name": {
      start: () => startWs({ onConnection: (socket) => socket.send(JSON.stringify({ name: "Ada" })) }),
    },
  },
};
