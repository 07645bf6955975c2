import { type Check, found, passed } from "../../check.ts";
import { describeAttempt } from "../../attempt.ts";
import { headerOf } from "../../probe/response-head.ts";

const UNKNOWN = "sallyport-scan.unknown";

/** The server says that it speaks what it cannot know. */
export const echoesUnknownSubprotocol: Check = {
  id: "echoes-unknown-subprotocol",
  group: "handshake",
  title: "Any subprotocol is said to be spoken",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "A server that selects whatever is offered first agrees to protocols that it does not speak, echoes tokens that clients send in this header, and gives a client no way to tell a wrong server.",
  decides: "By whether a subprotocol that nobody speaks is selected in the answer.",
  sends: `one handshake that offers the subprotocol \`${UNKNOWN}\` alone`,
  remedy: {
    summary: "Select from a list of what the application speaks, and otherwise none.",
    ws: 'new WebSocketServer({ handleProtocols: (offered) => (offered.has("chat.v1") ? "chat.v1" : false) })',
    sallyport: "subprotocol: { allow: [chat.v1] }",
  },
  references: { cwe: [757], rfc: ["RFC 6455 4.2.2", "RFC 6455 11.3.4"] },
  async run(context) {
    const attempt = await context.open({ subprotocols: [UNKNOWN] });
    const { probe } = attempt;
    if (attempt.kind !== "accepted" || probe.head === null) return passed(describeAttempt(attempt));
    if (headerOf(probe.head, "sec-websocket-protocol") !== UNKNOWN)
      return passed("accepted, and not selected");
    return found({
      detail: `The answer selects ${UNKNOWN}, which nobody speaks.`,
      evidence: [probe.exchange("a handshake with a subprotocol that nobody speaks")],
    });
  },
};
