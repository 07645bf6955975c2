import type { Check } from "../../check.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Reserved bits are for extensions that were negotiated. */
export const acceptsReservedBits: Check = {
  id: "accepts-reserved-bits",
  group: "frames",
  title: "Frames with reserved bits are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "The three reserved bits mean what a negotiated extension says, and nothing without one. A server that ignores them reads a compressed frame as plain text, and sees something else than the gateway or firewall before it.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for. Each bit is tried on a pong, which no application sees; no extension is offered.",
  sends: "three pongs, each with another reserved bit, on three connections",
  remedy: frameRemedy("Close with 1002 on a reserved bit that no negotiated extension gives a meaning."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.2"], advisories: ["CVE-2022-21676", "CVE-2022-39386"] },
  run: (context) =>
    judgeBreaches(
      context,
      [4, 2, 1].map((reserved, at) => ({
        name: `a frame with RSV${at + 1} set and no extension negotiated`,
        frames: [{ opcode: "pong", reserved }],
      })),
    ),
};
