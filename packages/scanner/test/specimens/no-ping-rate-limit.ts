import type { ServerOptions } from "ws";
import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";
import { opcodes } from "../../src/probe/frame.ts";

/** The default is 60; the types do not know the option yet. */
const unlimited: ServerOptions & { readonly maxPendingAutoPongs: number } = { maxPendingAutoPongs: 0 };

/** What no-ping-rate-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that may have any number of pongs waiting": { start: () => startWs({ options: unlimited }) },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
    "ws that counts them": {
      start: () =>
        startWs({
          onConnection(socket) {
            let count = 0;
            socket.on("ping", () => {
              count += 1;
              if (count > 100) socket.terminate();
            });
          },
        }),
    },
    "a server that answers the latest": {
      start() {
        const waiting = new WeakSet<object>();
        // What came in one go is answered by one pong (RFC 6455 5.5.3).
        return startNaive({
          onFrame({ opcode, payload }, { send, socket }) {
            if (opcode !== opcodes.ping || payload.toString("latin1").startsWith("sallyport")) return false;
            if (!waiting.has(socket)) {
              waiting.add(socket);
              setImmediate(() => {
                waiting.delete(socket);
                send({ opcode: "pong", payload });
              });
            }
            return true;
          },
        });
      },
    },
  },
};
