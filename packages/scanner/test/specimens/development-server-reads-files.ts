import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";
import { readFile } from "node:fs/promises";

/** Answers calls as Vite's module runner does. */
const startVite = (read: (path: URL) => Promise<string>) => () =>
  startWs({
    onConnection(socket) {
      socket.send('{"type":"connected"}');
      socket.on("message", async (data: Buffer) => {
        const called = /"(file:[^"?]*)\?raw"/.exec(data.toString("utf8"))?.[1];
        if (called === undefined) return;
        const answer = await read(new URL(called));
        socket.send(
          JSON.stringify({ type: "custom", event: "vite:invoke", data: { id: "response:1", data: answer } }),
        );
      });
    },
  });

/** What development-server-reads-files is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that reads what is named": { start: startVite((path) => readFile(path, "utf8")) },
  },
  clean: {
    "a server that does not": { start: startVite(() => Promise.resolve("fetchModule is disabled")) },
  },
};
