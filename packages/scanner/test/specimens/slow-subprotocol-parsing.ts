import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** What slow-subprotocol-parsing is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that splits with a pattern, as ws did until 7.4.5": {
      start: () =>
        startNaive({
          answer(request) {
            const header = /^sec-websocket-protocol: ?(.*)$/im.exec(request)?.[1] ?? "";
            return header.split(/ *, */).length > 9 ? "HTTP/1.1 400 Bad Request\r\n\r\n" : undefined;
          },
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
