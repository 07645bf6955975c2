import type { Check } from "../../check.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Control frames have 125 bytes at most. */
export const acceptsOversizedControlFrame: Check = {
  id: "accepts-oversized-control-frame",
  group: "frames",
  title: "Control frames of more than 125 bytes are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Control frames are short so that they can be handled at once, in the middle of a message, outside of its limits. A server that takes long ones answers a ping of megabytes with a pong of megabytes, whatever its limit for messages is.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for.",
  sends: "one pong of 126 bytes",
  remedy: frameRemedy("Close with 1002 on a control frame of more than 125 bytes."),
  references: { cwe: [1284], rfc: ["RFC 6455 5.5"] },
  run: (context) =>
    judgeBreaches(context, [
      { name: "a pong of 126 bytes", frames: [{ opcode: "pong", payload: "x".repeat(126) }] },
    ]),
};
