import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

/** What certificate-wrong-name is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a certificate of loopback on another host": {
      start: () => startTls(),
      target: { host: "app.example.com" },
    },
  },
  clean: { "a certificate of loopback on loopback": { start: () => startTls() } },
};
