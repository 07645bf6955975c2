import type { Specimen } from "../specimen.ts";
import { makeCertificate, startTls } from "../start-tls.ts";

const DAY_MS = 86_400_000;
const madeAgo = (days: number) => ({
  async start() {
    const { cert, key } = await makeCertificate(Date.now() - days * DAY_MS);
    return startTls({ tls: { cert, key } });
  },
});

/** What certificate-expired is proven on. Certificates of the tests live for a year. */
export const specimen: Specimen = {
  vulnerable: {
    "a certificate of two years ago": madeAgo(730),
    "a certificate of tomorrow": madeAgo(-2),
    "a certificate with three days left": madeAgo(362),
  },
  clean: { "a certificate of today": { start: () => startTls() } },
};
