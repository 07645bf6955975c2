import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

/** What answers-in-plaintext is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a wss: endpoint that takes plain handshakes on its port": { start: () => startTls({ plainToo: true }) },
  },
  clean: { "a wss: endpoint that speaks TLS alone": { start: () => startTls() } },
};
