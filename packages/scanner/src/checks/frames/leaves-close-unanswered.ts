import { type Check, found, passed } from "../../check.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** A close is answered. */
export const leavesCloseUnanswered: Check = {
  id: "leaves-close-unanswered",
  group: "frames",
  title: "A close is not answered, and the connection stays open",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A peer that gets a close frame answers it and ends the connection. A server that does neither keeps sockets of clients that are gone, until something else runs out.",
  decides:
    "By whether the connection is still open, without a close frame from the server, after the time that an answer takes and a turn of the server's on another connection.",
  sends: "one close frame with 1000",
  remedy: frameRemedy("Answer a close frame with a close frame, and end the TCP connection."),
  references: { cwe: [404, 772], rfc: ["RFC 6455 5.5.1", "RFC 6455 7.1.1"] },
  async run(context) {
    const probe = await context.ready();
    probe.frame({ opcode: "close", payload: Buffer.from([0x03, 0xe8]) });
    await probe.waitFor(() => probe.isClosed);
    if (!probe.isClosed) await context.hadItsTurn();
    await probe.waitFor(() => probe.isClosed, 50);
    if (probe.isClosed) return passed("it was answered");
    return found({
      detail: "A close frame was not answered, and the connection stayed open.",
      evidence: [probe.exchange("a close")],
    });
  },
};
