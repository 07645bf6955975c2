import type { Specimen } from "../specimen.ts";
import { startTunnel } from "../start-tunnel.ts";
import { startWs } from "../start-ws.ts";

/** What tunnels-refused-upgrade is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a proxy that does not look at the answer": { start: () => startTunnel({ looks: false }) } },
  clean: {
    "a proxy that opens the tunnel after a 101": { start: () => startTunnel({ looks: true }) },
    "ws without a proxy": { start: () => startWs() },
  },
};
