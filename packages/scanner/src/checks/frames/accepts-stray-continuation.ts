import type { Check } from "../../check.ts";
import { judgeBreaches, ordinaryText } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** A continuation needs something to continue. */
export const acceptsStrayContinuation: Check = {
  id: "accepts-stray-continuation",
  group: "frames",
  title: "Continuations of nothing are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A continuation frame without a message before it has no type. A server that takes it for a message has one that its filter did not see as one.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for. Where the application ends the connection after any message that it does not know, it is not tested.",
  sends: "one continuation frame with FIN, without a message before it",
  remedy: frameRemedy("Close with 1002 on a continuation where no message is open."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.4"] },
  run: (context) =>
    judgeBreaches(
      context,
      [
        {
          name: "a continuation of nothing",
          frames: [{ opcode: "continuation", payload: ordinaryText(context) }],
        },
      ],
      { isMessage: true },
    ),
};
