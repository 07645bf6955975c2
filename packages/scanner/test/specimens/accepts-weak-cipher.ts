import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

/** What accepts-weak-cipher is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that does without encryption where asked": {
      start: () =>
        startTls({
          tls: { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0" },
        }),
    },
  },
  clean: { "Node as it comes": { start: () => startTls() } },
};
