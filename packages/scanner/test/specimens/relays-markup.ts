import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";
import type { WebSocket } from "ws";

function relaying(change: (text: string) => string): ReturnType<typeof startWs> {
  const all = new Set<WebSocket>();
  return startWs({
    onConnection(socket) {
      all.add(socket);
      socket.on("close", () => all.delete(socket));
      socket.on("message", (data: Buffer) => {
        for (const each of all) each.send(change(data.toString("utf8")));
      });
    },
  });
}

/** What relays-markup is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that sends to all": { start: () => relaying((text) => text) },
  },
  clean: {
    "ws that sends to all, escaped": {
      start: () => relaying((text) => text.replaceAll("<", "&lt;")),
    },
    "ws that sends back": { start: () => startWs() },
  },
};
