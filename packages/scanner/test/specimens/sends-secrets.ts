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
    "ws that looks a user up before it answers, so that a ping is answered first": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            socket.on("message", () =>
              setTimeout(() => socket.send(JSON.stringify({ name: "Ada", key: "AKIAIOSFODNN7EXAMPLE" })), 60),
            ),
        }),
    },
  },
  clean: {
    "ws that greets with a name": {
      start: () => startWs({ onConnection: (socket) => socket.send(JSON.stringify({ name: "Ada" })) }),
    },
  },
};
