import { acceptOf, createKey } from "../../probe/handshake.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** The answer has to be that to the handshake. */
export const clientAcceptsWrongAccept: ClientCheck = {
  id: "client-accepts-wrong-accept",
  group: "client",
  title: "The client takes an answer that does not belong to its handshake",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "`Sec-WebSocket-Accept` proves that the server read this handshake and speaks WebSocket. A client that does not compare it takes the answer of a cache, or of a server that was tricked into echoing, for a WebSocket.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends:
    "two answers, one with the `Sec-WebSocket-Accept` of another key and one without any, on two connections",
  remedy: clientRemedy(
    "Compare `Sec-WebSocket-Accept` with what the key makes, and end the connection where it differs.",
  ),
  references: { cwe: [345, 346], rfc: ["RFC 6455 4.1"] },
  run: (context) =>
    judgeClientBreaches(context, [
      {
        name: "an answer for another key",
        answer: { set: { "Sec-WebSocket-Accept": acceptOf(createKey()) } },
      },
      { name: "an answer without Sec-WebSocket-Accept", answer: { set: { "Sec-WebSocket-Accept": null } } },
    ]),
};
