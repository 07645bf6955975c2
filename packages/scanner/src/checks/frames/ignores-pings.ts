import { type Check, found, passed } from "../../check.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** A ping is answered. */
export const ignoresPings: Check = {
  id: "ignores-pings",
  group: "frames",
  title: "Pings are not answered",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Clients and proxies ask by pings whether a peer is still there. Where none is answered nobody can tell a dead connection from a quiet one, and this scanner can tell less.",
  decides: "By whether any of the pings of the control, or one more on a connection of its own, is answered.",
  sends: "a ping",
  remedy: frameRemedy("Answer a ping with a pong that has its payload."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.5.2", "RFC 6455 5.5.3"] },
  async run(context) {
    if (context.control.answersPings) return passed();
    const probe = await context.ready();
    if (await probe.ping(2 * context.patienceMs)) return passed("at the second time");
    return found({ detail: "No ping was answered.", evidence: [probe.exchange("a ping")] });
  },
};
