import type { Check } from "../../check.ts";
import { judgeBreaches, ordinaryText } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** One message at a time. */
export const acceptsInterleavedMessage: Check = {
  id: "accepts-interleaved-message",
  group: "frames",
  title: "A message may begin in the middle of another",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Without an extension for it, the fragments of one message must not stand between those of another. A server that allows it loses one of the two or mixes them, and another reader does it in another way.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for. Where the application ends the connection after any message that it does not know, it is not tested.",
  sends:
    "a text frame without FIN, a whole text frame behind it, and the end of the first, on one connection",
  remedy: frameRemedy("Close with 1002 on a data frame while a message is open."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.4"] },
  run(context) {
    const payload = ordinaryText(context);
    const frames = [
      { opcode: "text", payload, fin: false },
      { opcode: "text", payload },
      { opcode: "continuation", payload: "" },
    ] as const;
    return judgeBreaches(context, [{ name: "a message inside another", frames }], { isMessage: true });
  },
};
