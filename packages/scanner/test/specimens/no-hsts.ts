import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

const target = { host: "app.example.com", isLoopback: false };
const saying = (policy: string) => ({
  start: () =>
    startTls({
      onRequest: (_, response) => response.writeHead(404, { "Strict-Transport-Security": policy }).end(),
    }),
  target,
});

/** What no-hsts is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a host without it": { start: () => startTls(), target },
    "a day of it": saying("max-age=86400"),
  },
  clean: { "two years of it": saying("max-age=63072000; includeSubDomains") },
};
