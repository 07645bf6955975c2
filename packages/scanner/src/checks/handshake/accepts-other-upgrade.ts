import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck } from "./strictness-check.ts";

/** An upgrade has to be asked for, to this protocol. */
export const acceptsOtherUpgrade: Check = strictnessCheck({
  id: "accepts-other-upgrade",
  title: "Requests that ask for no upgrade to WebSocket are upgraded",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Without `Upgrade: websocket` and `Connection: Upgrade` a proxy passes a request on as any other, and goes on reading requests behind it. A server that upgrades it nevertheless reads them as frames, and the proxy reads frames as answers.",
  decides: "By whether the socket is usable after a request without one of the two, or for another protocol.",
  sends:
    "three handshakes: without `Upgrade`, without `Connection: Upgrade`, and with `Upgrade: h2c`; a ping on those that are accepted",
  remedy: {
    summary:
      "Upgrade where `Upgrade` lists websocket and `Connection` lists upgrade, and answer 426 elsewhere.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [444, 1286], rfc: ["RFC 6455 4.2.1", "RFC 9110 7.8"] },
  faults: (context) => [
    { name: "no Upgrade", request: context.handshake({ set: { Upgrade: null } }) },
    { name: "Connection: keep-alive", request: context.handshake({ set: { Connection: "keep-alive" } }) },
    { name: "Upgrade: h2c", request: context.handshake({ set: { Upgrade: "h2c" } }) },
  ],
  saw: "A request was upgraded, and the socket is usable, with",
});
