import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** One message at a time. */
export const clientAcceptsInterleavedMessages: ClientCheck = {
  id: "client-accepts-interleaved-messages",
  group: "client",
  title: "The client takes a message within another one",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "A new message cannot begin before the last fragment of the one before. Readers that allow it disagree on what belongs to which message.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for. A client that ends the connection after any message is not tested; give --message with one that it understands.",
  sends: "the first fragment of a text message, and a whole one behind it",
  remedy: clientRemedy("Close with 1002 on a message that begins within another one."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.4"] },
  run: (context) =>
    judgeClientBreaches(
      context,
      [
        {
          name: "a message within another one",
          frames: [
            { opcode: "text", payload: "a", fin: false },
            { opcode: "text", payload: context.settings.message },
          ],
        },
      ],
      { isMessage: true },
    ),
};
