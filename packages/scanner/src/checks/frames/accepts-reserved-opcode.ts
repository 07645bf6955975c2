import type { Check } from "../../check.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Eleven opcodes have no meaning. */
export const acceptsReservedOpcode: Check = {
  id: "accepts-reserved-opcode",
  group: "frames",
  title: "Frames with reserved opcodes are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Opcodes 3 to 7 and 11 to 15 are kept for later versions. What is skipped by one reader and taken for something by another passes a filter unseen.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for.",
  sends: "four frames with the opcodes 3, 7, 11 and 15, on four connections",
  remedy: frameRemedy("Close with 1002 on an opcode that is not known."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.2"] },
  run: (context) =>
    judgeBreaches(
      context,
      [3, 7, 11, 15].map((opcode) => ({ name: `a frame with opcode ${opcode}`, frames: [{ opcode }] })),
    ),
};
