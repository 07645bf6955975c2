import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

/** What accepts-old-tls is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server from TLS 1.0 on": {
      start: () => startTls({ tls: { minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" } }),
    },
  },
  clean: { "a server from TLS 1.2 on": { start: () => startTls() } },
};
