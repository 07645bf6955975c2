import type { Specimen } from "../specimen.ts";
import { allowOrigins, startWs } from "../start-ws.ts";

const own = "https://app.example.com";
const settings = { origin: own };
const admitting = (isAllowed: (origin: string) => boolean) => ({
  start: () => startWs({ refuse: allowOrigins((origin = "") => isAllowed(origin)) }),
  settings,
});

/** What accepts-lookalike-origin is proven on: the ways in which origins are compared by a part. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that looks how it begins": admitting((origin) => origin.startsWith(own)),
    "a server that looks how it ends": admitting((origin) => origin.endsWith("app.example.com")),
    "a server that looks what is in it": admitting((origin) => origin.includes("app.example.com")),
    "a pattern with bare dots": admitting((origin) => /^https:\/\/app.example.com$/.test(origin)),
  },
  clean: { "a server that compares the whole": admitting((origin) => origin === own) },
};
