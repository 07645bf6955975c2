import { found, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { clientRemedy, NO_HARM_CVSS } from "./client-breach.ts";

/** A close frame is answered by one. */
export const clientLeavesCloseUnanswered: ClientCheck = {
  id: "client-leaves-close-unanswered",
  group: "client",
  title: "The client does not answer close frames",
  severity: "info",
  cvss: NO_HARM_CVSS,
  about:
    "The answer tells the server that everything before it was read. Without it a server keeps the connection until a time limit, and cannot tell a client that left from one that was cut off.",
  decides:
    "By whether a close frame comes, in place of a lost connection or of nothing, after a close with 1000.",
  sends: "one close frame with the code 1000",
  remedy: clientRemedy(
    "Answer a close frame with one of the same code, and then wait for the server to end the connection.",
  ),
  references: { cwe: [404], rfc: ["RFC 6455 5.5.1", "RFC 6455 7.1.1"] },
  async run(context) {
    const visit = await context.accepted();
    const payload = Buffer.from([0x03, 0xe8]);
    visit.probe.send(frame({ opcode: "close", payload, mask: null }), "close 1000");
    await context.ends(visit);
    if (visit.probe.closeFrame !== null) return passed("it was answered");
    return found({
      detail:
        visit.probe.ended === null
          ? "The client did nothing after a close frame."
          : "The client ended the connection without a close frame of its own.",
      evidence: [visit.probe.exchange("a close frame")],
    });
  },
};
