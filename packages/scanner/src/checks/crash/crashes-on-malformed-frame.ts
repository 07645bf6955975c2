import type { Check } from "../../check.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

/** A reserved bit without a mask, a reserved opcode, half a close code, a length of 2^63 and more, and a text that is no UTF-8. */
const FRAMES = ["a200", "8b8000000000", "88810000000003", "827fffffffffffffffff", "81820000000080c0"];

/** One wrong frame ends the process. */
export const crashesOnMalformedFrame: Check = {
  id: "crashes-on-malformed-frame",
  group: "crash",
  title: "A malformed frame ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "A library reports a malformed frame as an error. Where nobody listens for it the process ends, and with it everybody's connections: one frame of two bytes is enough.",
  decides: CRASH_DECIDES,
  sends: "five malformed frames, each on a connection of its own",
  remedy: crashRemedy(
    "Listen for errors on every socket and stream that the WebSocket library gives, and update what stands between.",
  ),
  references: { cwe: [248, 755], advisories: ["CVE-2022-39386", "CVE-2022-21676"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () =>
      eachOf(
        FRAMES.map(async (hex) => {
          const probe = await context.accepted();
          probe.send(Buffer.from(hex, "hex"));
          await probe.waitFor(() => probe.isClosed);
          return probe.exchange("a malformed frame");
        }),
      ),
    ),
};
