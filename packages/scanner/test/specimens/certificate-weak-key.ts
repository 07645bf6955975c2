import { webcrypto } from "node:crypto";
import { createClientAuthority } from "../../../sallyport/test/client-certificates.ts";
import type { Specimen } from "../specimen.ts";
import { startTls } from "../start-tls.ts";

const RSA_1024 = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 1024,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};

/** What certificate-weak-key is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "RSA of 1024 bits": {
      async start() {
        const keys = await webcrypto.subtle.generateKey(RSA_1024, true, ["sign", "verify"]);
        const { cert, key } = await (await createClientAuthority()).issue("short", { usage: "server", keys });
        return startTls({ tls: { cert, key, ciphers: "DEFAULT:@SECLEVEL=0" } });
      },
    },
  },
  clean: { "ECDSA on P-256": { start: () => startTls() } },
};
