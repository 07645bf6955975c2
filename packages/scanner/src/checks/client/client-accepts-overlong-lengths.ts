import type { ClientCheck } from "../../reverse/client-check.ts";
import { NO_HARM_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** Lengths are written with the fewest bytes. */
export const clientAcceptsOverlongLengths: ClientCheck = {
  id: "client-accepts-overlong-lengths",
  group: "client",
  title: "The client takes lengths with more bytes than they need",
  severity: "info",
  cvss: NO_HARM_CVSS,
  about:
    "A length has one right form. Where longer ones are accepted, a filter on the way that takes only the short form sees other frames than the client. The standard forbids it to servers and does not ask clients to end the connection, and most libraries accept it.",
  decides: "By whether the client answers a ping that is sent behind.",
  sends:
    "two binary messages of one byte, one with its length in two bytes and one in eight, where one would do, on two connections",
  remedy: clientRemedy("Close with 1002 on a length that is not written with the fewest bytes."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.2"] },
  run: (context) =>
    judgeClientBreaches(
      context,
      ([2, 8] as const).map((lengthBytes) => ({
        name: `a short frame with its length in ${lengthBytes} bytes`,
        frames: [{ opcode: "binary", payload: "x", lengthBytes }],
      })),
      { isMessage: true },
    ),
};
