import type { Specimen } from "../specimen.ts";
import { localCertificate, startTls } from "../start-tls.ts";

/** What certificate-untrusted is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a certificate of an own authority": { start: () => startTls(), target: { isLoopback: false } },
  },
  clean: {
    "the same, where the authority is given": {
      start: () => startTls(),
      settings: async () => ({ authorities: [(await localCertificate()).ca] }),
    },
  },
};
