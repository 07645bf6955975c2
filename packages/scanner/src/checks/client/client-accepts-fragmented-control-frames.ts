import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** Control frames are not fragmented. */
export const clientAcceptsFragmentedControlFrames: ClientCheck = {
  id: "client-accepts-fragmented-control-frames",
  group: "client",
  title: "The client takes fragments of control frames",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Control frames come whole, also between the fragments of a message. Readers that put their fragments together disagree on which message the next fragment belongs to.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "one ping without FIN",
  remedy: clientRemedy("Close with 1002 on a control frame without FIN."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.4", "RFC 6455 5.5"] },
  run: (context) =>
    judgeClientBreaches(context, [
      { name: "a ping without FIN", frames: [{ opcode: "ping", fin: false, payload: "part" }] },
    ]),
};
