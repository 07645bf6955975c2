import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

/** It reads a backslash in two ways. The control has no such header. */
// oxlint-disable-next-line no-control-regex
const QUOTED = /^(?![^]*a; b=)|a; b="(?:\\[\x00-\x7f]|[^\x00-\x08\x0a-\x1f\x7f"])*"/;

/** What slow-extension-parsing is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server with the pattern of websocket-extensions 0.1.3": {
      start: () =>
        startNaive({
          answer: (request) => (QUOTED.test(request) ? undefined : "HTTP/1.1 400 Bad Request\r\n\r\n"),
        }),
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs() },
  },
};
