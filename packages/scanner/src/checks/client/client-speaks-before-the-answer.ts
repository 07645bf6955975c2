import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";

/** Nothing is said before the handshake is answered. */
export const clientSpeaksBeforeTheAnswer: ClientCheck = {
  id: "client-speaks-before-the-answer",
  group: "client",
  title: "The client sends data before its handshake is answered",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Until the server has answered, the connection is HTTP. What is sent behind the handshake may be read as another request by a proxy or by a server that refuses, and a message that carries a secret is given to somebody who has not yet proven to be the server.",
  decides: "By whether bytes come behind the handshake while it is not answered.",
  sends: "nothing for the time of --patience",
  remedy: clientRemedy("Wait for the whole answer before anything is sent."),
  references: { cwe: [444], rfc: ["RFC 6455 4.1"] },
  async run(context) {
    const { probe } = await context.visit();
    await probe.waitFor(() => probe.received > 0, context.patienceMs);
    if (probe.received === 0) return passed("nothing came");
    return found({
      detail: `${probe.received} bytes came behind a handshake that was not answered.`,
      evidence: [probe.exchange("a handshake without an answer")],
    });
  },
};
