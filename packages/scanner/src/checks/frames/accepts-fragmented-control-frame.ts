import type { Check } from "../../check.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Control frames come whole. */
export const acceptsFragmentedControlFrame: Check = {
  id: "accepts-fragmented-control-frame",
  group: "frames",
  title: "Control frames in fragments are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A control frame in fragments has no meaning: a continuation behind it would belong to the message that it interrupts. Two readers may put the pieces together in two ways.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for.",
  sends: "one pong without FIN",
  remedy: frameRemedy("Close with 1002 on a control frame without FIN."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.4", "RFC 6455 5.5"] },
  run: (context) =>
    judgeBreaches(context, [{ name: "a pong without FIN", frames: [{ opcode: "pong", fin: false }] }]),
};
