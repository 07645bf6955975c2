import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** A server takes extensions from what was offered. */
export const clientAcceptsUnofferedExtension: ClientCheck = {
  id: "client-accepts-unoffered-extension",
  group: "client",
  title: "The client takes an extension that it did not offer",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Extensions change what frames mean. A client that goes on with one that it does not know reads frames otherwise than the server wrote them.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "one answer that names the extension `x-sallyport-unoffered`",
  remedy: clientRemedy("End the connection where the answer names an extension that was not offered."),
  references: { cwe: [436], rfc: ["RFC 6455 4.1", "RFC 6455 9.1"] },
  run: (context) =>
    judgeClientBreaches(context, [
      {
        name: "an extension that was not offered",
        answer: { set: { "Sec-WebSocket-Extensions": "x-sallyport-unoffered" } },
      },
    ]),
};
