import { type Check, found, passed } from "../../check.ts";
import { describeAttempt } from "../../attempt.ts";
import { headerOf } from "../../probe/response-head.ts";
import { isOfTicket } from "../../ticket.ts";

/** What was not offered may not be selected. */
export const selectsUnofferedSubprotocol: Check = {
  id: "selects-unoffered-subprotocol",
  group: "handshake",
  title: "A subprotocol or an extension is selected that nobody offered",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Clients have to fail a connection whose answer has a subprotocol or an extension that they did not offer. Those that do not, read frames by rules to which they never agreed; proxies that look at frames cannot.",
  decides:
    "By the headers of the answer to a handshake that offers neither; with --ticket, none but those that stand beside a ticket.",
  sends: "one handshake that offers no subprotocol and no extension",
  remedy: {
    summary: "Select from what the handshake offers, and nothing where it offers nothing.",
    sallyport: "subprotocol: { allow: [chat.v1] } # an answer with another is a 502",
  },
  references: { cwe: [757], rfc: ["RFC 6455 4.1", "RFC 6455 4.2.2", "RFC 6455 9.1"] },
  async run(context) {
    const attempt = await context.open({ subprotocols: [] });
    const { probe } = attempt;
    if (attempt.kind !== "accepted" || probe.head === null) return passed(describeAttempt(attempt));
    const { head } = probe;
    const selected = ["sec-websocket-protocol", "sec-websocket-extensions"].filter((name) => {
      const value = headerOf(head, name) ?? "";
      return value !== "" && !isOfTicket(value, context.settings.ticket);
    });
    if (selected.length === 0) return passed();
    return found({
      detail: `The answer has ${selected.join(" and ")}, which the handshake did not offer.`,
      evidence: [probe.exchange("a handshake that offers neither")],
    });
  },
};
