import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

const allowing = (origin: string) => ({
  start: () =>
    startWs({
      onRequest: (_, response) =>
        response.writeHead(200, { "Access-Control-Allow-Origin": origin }).end("page"),
    }),
});

/** What shares-pages-with-any-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a development server open to all": allowing("*") },
  clean: {
    "a server with one origin": allowing("https://app.example.com"),
    "a server open to all, elsewhere than on loopback": { ...allowing("*"), target: { isLoopback: false } },
  },
};
