import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** A continuation continues something. */
export const clientAcceptsStrayContinuations: ClientCheck = {
  id: "client-accepts-stray-continuations",
  group: "client",
  title: "The client takes continuations of no message",
  severity: "low",
  cvss: BREACH_CVSS,
  about: "A fragment that continues nothing is skipped by one reader and taken for a message by another.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for. A client that ends the connection after any message is not tested; give --message with one that it understands.",
  sends: "one continuation where no message was begun",
  remedy: clientRemedy("Close with 1002 on a continuation without a beginning."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.4"] },
  run: (context) =>
    judgeClientBreaches(
      context,
      [
        {
          name: "a continuation of nothing",
          frames: [{ opcode: "continuation", payload: context.settings.message }],
        },
      ],
      { isMessage: true },
    ),
};
