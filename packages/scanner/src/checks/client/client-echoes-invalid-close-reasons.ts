import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";
import { echoedBy } from "./echoed-close.ts";

/** The reason of a close is text. */
export const clientEchoesInvalidCloseReasons: ClientCheck = {
  id: "client-echoes-invalid-close-reasons",
  group: "client",
  title: "The client takes close reasons that are not UTF-8, and sends them back",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "The reason of a close is shown and written to logs, where bytes that are no text do harm. A client that takes them from the server, and sends them back, passes on what it should have refused.",
  decides: "By whether the close frame that answers has the same bytes, in place of 1002 or 1007.",
  sends: "one close frame with the code 1000 and a reason that is not UTF-8",
  remedy: clientRemedy("Close with 1007 on a reason that is not UTF-8."),
  references: { cwe: [176, 117], rfc: ["RFC 6455 5.5.1", "RFC 6455 8.1"] },
  async run(context) {
    const payload = Buffer.from("03e861ff62", "hex");
    const echoed = await echoedBy(context, [{ name: "1000 and a reason that is not UTF-8", payload }]);
    if (echoed.length === 0) return passed("it was not sent back");
    return found({
      detail: "The client sent a reason back that is not UTF-8.",
      evidence: echoed.map(({ exchange }) => exchange),
    });
  },
};
