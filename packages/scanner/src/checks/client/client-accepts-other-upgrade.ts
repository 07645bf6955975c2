import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** It was asked to upgrade to WebSocket. */
export const clientAcceptsOtherUpgrade: ClientCheck = {
  id: "client-accepts-other-upgrade",
  group: "client",
  title: "The client takes an answer that upgrades to something else",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "The headers `Upgrade: websocket` and `Connection: Upgrade` say what the connection is from now on. A client that does not read them speaks WebSocket to something that does not.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "two 101 answers, one that upgrades to `h2c` and one without `Connection`, on two connections",
  remedy: clientRemedy(
    "End the connection where `Upgrade` is not `websocket` or `Connection` does not name it.",
  ),
  references: { cwe: [436], rfc: ["RFC 6455 4.1"] },
  run: (context) =>
    judgeClientBreaches(context, [
      { name: "an upgrade to h2c", answer: { set: { Upgrade: "h2c" } } },
      { name: "an answer without Connection", answer: { set: { Connection: null } } },
    ]),
};
