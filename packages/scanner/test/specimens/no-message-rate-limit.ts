import type { WebSocket } from "ws";
import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const MOST = 500;

function counting(onMore: (socket: WebSocket) => void): () => ReturnType<typeof startWs> {
  return () =>
    startWs({
      onConnection(socket) {
        let count = 0;
        socket.on("message", () => {
          count += 1;
          if (count > MOST) onMore(socket);
        });
      },
    });
}

/** What no-message-rate-limit is proven on: the ways in which a limit shows. */
export const specimen: Specimen = {
  vulnerable: { "ws as it comes": { start: () => startWs() } },
  clean: {
    "ws that closes": { start: counting((socket) => socket.close(1008)) },
    "a server that holds back what is over the limit": {
      start() {
        const counts = new WeakMap<object, number>();
        // Whoever holds back takes nothing behind it either, pings included.
        return startNaive({
          onFrame(_, { socket }) {
            const count = (counts.get(socket) ?? 0) + 1;
            counts.set(socket, count);
            return count > MOST;
          },
        });
      },
    },
    "ws that drops, and says so": { start: counting((socket) => socket.send("rate limit exceeded")) },
  },
};
