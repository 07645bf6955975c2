import { describe, expect, it } from "vitest";
import type { AttachRouteInput } from "../../sallyport/src/policy/attach-config.ts";
import { guardServer, hostNames, wsApplication } from "../../sallyport/test/hosts/guarded-server.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { scanUrl } from "./scan-scene.ts";

const own = "https://app.example.com";
/** What the examples' policies have, as far as it can be seen from outside. The scanner comes from one address, faster than clients do. */
const guarded: AttachRouteInput = {
  path: "/",
  identity: "anonymous",
  origin: { allow: [own] },
  subprotocol: { allow: ["chat.v1"] },
  messageSize: { inbound: "64KiB", outbound: "1MiB" },
  messageRate: { perConnection: "50/s" },
  threat: {},
  connectionLimit: { handshakesPerAddress: "2000/s" },
};
/** Without those that wait half a minute and more: tests have no such time, and the gate's own times are longer than what they have. */
const checks = builtInChecks.filter(({ isBackground = false }) => !isBackground);
const settings = { origin: own, concurrency: 16 };
const TIMEOUT_MS = 120_000;

/** Each guard where it only observes, and what is found then. */
const off = {
  origin: { guard: { origin: { mode: "observe", allow: [own] } }, finds: "accepts-foreign-origin" },
  subprotocol: {
    guard: { subprotocol: { mode: "observe", allow: ["chat.v1"] } },
    finds: "echoes-unknown-subprotocol",
  },
  messageRate: {
    guard: { messageRate: { mode: "observe", perConnection: "50/s" } },
    finds: "no-message-rate-limit",
  },
} as const;

describe("a scan of the gate", () => {
  it.for(hostNames)(
    "finds nothing through %s, before an application that trusts everybody",
    async (host) => {
      const { wsUrl } = await guardServer(host, wsApplication().server, { routes: [guarded] });
      const { findings, endedEarly } = await scanUrl(wsUrl, checks, settings);
      expect({ findings, endedEarly }).toEqual({ findings: [], endedEarly: null });
    },
    TIMEOUT_MS,
  );

  it(
    "finds what each guard stops where that guard only observes, and nothing else",
    async () => {
      const routes = Object.entries(off).map(([name, { guard }]) => ({
        ...guarded,
        ...guard,
        path: `/${name}`,
      }));
      const { wsUrl } = await guardServer("gateway", wsApplication().server, { routes });
      const found: Record<string, readonly string[]> = {};
      for (const [name, { finds }] of Object.entries(off)) {
        const some = checks.filter(({ id, isAlone = false }) => !isAlone || id === finds);
        const { findings } = await scanUrl(`${wsUrl}/${name}`, some, settings);
        found[name] = findings.map(({ check }) => check);
      }
      expect(found).toEqual(
        Object.fromEntries(Object.entries(off).map(([name, { finds }]) => [name, [finds]])),
      );
    },
    TIMEOUT_MS,
  );
});
