import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** Goes through a value as deep as the stack of a small thread is. */
function walk(value: unknown, depth = 0): void {
  if (depth > 2000) throw new RangeError("Maximum call stack size exceeded");
  if (typeof value === "object" && value !== null)
    for (const inner of Object.values(value)) walk(inner, depth + 1);
}

function walking(fault: "say" | "close"): ReturnType<typeof startWs> {
  return startWs({
    onConnection: (socket) =>
      void socket.on("message", (data: Buffer) => {
        try {
          walk(JSON.parse(data.toString("utf8")));
        } catch (error) {
          if (fault === "say") socket.send(String(error));
          else socket.close(1011);
        }
      }),
  });
}

/** What fails-on-deep-json is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that walks through messages by recursion, and says so": { start: () => walking("say") },
    "ws that walks through messages by recursion, and closes": { start: () => walking("close") },
  },
  clean: {
    "ws that only sends back": { start: () => startWs() },
  },
};
