import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** Nothing but 101 opens a WebSocket. */
export const clientAcceptsOtherStatus: ClientCheck = {
  id: "client-accepts-other-status",
  group: "client",
  title: "The client takes an answer without 101 for a WebSocket",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Only 101 switches the protocol. After any other status what follows is the body of an ordinary answer, and a client that reads frames in it reads whatever somebody could place in a page.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "one answer with all headers of the right one and the status 200",
  remedy: clientRemedy("Treat every status but 101 as a refusal."),
  references: { cwe: [436, 345], rfc: ["RFC 6455 4.1"] },
  run: (context) =>
    judgeClientBreaches(context, [{ name: "an answer with the status 200", answer: { status: "200 OK" } }]),
};
