import type { Specimen } from "../specimen.ts";
import { allowOrigins, startWs } from "../start-ws.ts";

const own = "https://app.example.com";
const admitting = (isAllowed: (origin: string) => boolean) => ({
  start: () => startWs({ refuse: allowOrigins((origin = "") => isAllowed(origin)) }),
  settings: { origin: own },
});

/** What accepts-other-scheme is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that compares the host": admitting((origin) => origin.endsWith("://app.example.com")),
  },
  clean: { "a server that compares the whole": admitting((origin) => origin === own) },
};
