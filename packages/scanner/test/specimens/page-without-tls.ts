import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

/** What page-without-tls is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a wss: endpoint whose port serves a plain page": {
      start: () =>
        startTls({
          onPlainRequest: (_, response) =>
            response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>"),
        }),
    },
  },
  clean: {
    "a wss: endpoint that redirects plain requests": {
      start: () =>
        startTls({
          onPlainRequest: (_, response) => response.writeHead(308, { Location: "https://localhost/" }).end(),
        }),
    },
    "a wss: endpoint that knows nothing but TLS": { start: () => startTls() },
  },
};
