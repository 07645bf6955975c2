import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** Eleven opcodes have no meaning. */
export const clientAcceptsReservedOpcodes: ClientCheck = {
  id: "client-accepts-reserved-opcodes",
  group: "client",
  title: "The client takes frames with reserved opcodes",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Opcodes 3 to 7 and 11 to 15 are kept for later versions. What is skipped by one reader and taken for something by another passes a filter unseen.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "two frames with the opcodes 3 and 11, on two connections",
  remedy: clientRemedy("Close with 1002 on an opcode that is not known."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.2"] },
  run: (context) =>
    judgeClientBreaches(
      context,
      [3, 11].map((opcode) => ({ name: `a frame with opcode ${opcode}`, frames: [{ opcode }] })),
    ),
};
