import type { Check } from "../../check.ts";
import { describeRequest, serializeRequest } from "../../probe/handshake.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

/** A frame that comes with the request ends the process. */
export const crashesOnEarlyFrame: Check = {
  id: "crashes-on-early-frame",
  group: "crash",
  title: "A frame in the same segment as the handshake ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "A client may send a frame behind its request without waiting for the answer. A server that takes its listeners away between the two has none when the frame turns out to be wrong, and the process ends.",
  decides: CRASH_DECIDES,
  sends: "two handshakes with a malformed frame in the same segment",
  remedy: crashRemedy("Update engine.io to 6.1.1, 5.2.1 or 4.1.2, or later."),
  references: { cwe: [248, 362], rfc: ["RFC 6455 4.1"], advisories: ["CVE-2022-21676"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () =>
      eachOf(
        ["a200", "8b8000000000"].map(async (hex) => {
          const request = await context.prepare(context.handshake());
          const probe = await context.dial();
          probe.send(Buffer.concat([serializeRequest(request), Buffer.from(hex, "hex")]), [
            ...describeRequest(request),
            `and in the same segment the frame ${hex}`,
          ]);
          await probe.waitFor(() => probe.isClosed);
          return probe.exchange("a handshake and a frame in one segment");
        }),
      ),
    ),
};
