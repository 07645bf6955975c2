import type { Specimen } from "../specimen.ts";
import { allowOrigins, startWs } from "../start-ws.ts";

const own = "https://app.example.com";
const admitting = (isAllowed: (origin: string) => boolean) => ({
  start: () => startWs({ refuse: allowOrigins((origin = "") => isAllowed(origin)) }),
  settings: { origin: own },
  target: { isLoopback: false },
});

/** What accepts-local-origin is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server with a list of development": admitting(
      (origin) => origin === own || origin === "http://localhost:3000",
    ),
  },
  clean: { "a server that compares the whole": admitting((origin) => origin === own) },
};
