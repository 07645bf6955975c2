import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** A server chooses among what was offered. */
export const clientAcceptsUnofferedSubprotocol: ClientCheck = {
  id: "client-accepts-unoffered-subprotocol",
  group: "client",
  title: "The client takes a subprotocol that it did not offer",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "The subprotocol says what the messages mean. A client that takes any is made to read the messages of a protocol that it did not ask for, such as an older version with fewer checks.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "one answer that chooses the subprotocol `sallyport-unoffered`",
  remedy: clientRemedy("End the connection where the chosen subprotocol is none of those that were offered."),
  references: { cwe: [757], rfc: ["RFC 6455 4.1"] },
  run: (context) =>
    judgeClientBreaches(context, [
      {
        name: "a subprotocol that was not offered",
        answer: { set: { "Sec-WebSocket-Protocol": "sallyport-unoffered" } },
      },
    ]),
};
