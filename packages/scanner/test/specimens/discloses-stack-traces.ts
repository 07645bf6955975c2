import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
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
    "Socket.IO that sends what was thrown for an event that it knows": {
      start: () =>
        startSocketIo({}, (io) =>
          io.on("connection", (socket) => {
            socket.on("order", () => socket.emit("failed", new Error("no such order").stack));
          }),
        ),
      settings: { messages: ["40", '42["order","A-7"]'] },
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
