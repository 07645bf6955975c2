import { found, passed } from "../../check.ts";
import { frame, opcodes } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";

/** After its close frame a client has nothing to say. */
export const clientSendsDataAfterClose: ClientCheck = {
  id: "client-sends-data-after-close",
  group: "client",
  title: "The client sends messages after its close frame",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "With its close frame a client says that nothing follows, and servers read no further: a message that is sent behind it is lost, and the application believes that it was said. It also shows that messages behind the server's own close are still read.",
  decides:
    "By whether a data frame comes behind the client's close frame. The server closes, and says something behind that, which a client has to discard.",
  sends: "one close frame with the code 1000, and one text message behind it",
  remedy: clientRemedy("Discard what comes behind a close frame, and send nothing behind one's own."),
  references: { cwe: [672], rfc: ["RFC 6455 5.5.1", "RFC 6455 1.4"] },
  async run(context) {
    const visit = await context.accepted();
    const close = frame({ opcode: "close", payload: Buffer.from([0x03, 0xe8]), mask: null });
    const text = frame({ opcode: "text", payload: context.settings.message, mask: null });
    visit.probe.send(Buffer.concat([close, text]), ["close 1000", `text: ${context.settings.message}`]);
    await context.ends(visit);
    await visit.probe.waitFor(() => visit.probe.ended !== null);
    const { frames } = visit.probe;
    const at = frames.findIndex(({ opcode }) => opcode === opcodes.close);
    const behind = at < 0 ? [] : frames.slice(at + 1).filter(({ opcode }) => opcode < opcodes.close);
    if (behind.length === 0) return passed("nothing came behind the close frame");
    return found({
      detail: `${behind.length} data frames came behind the client's close frame.`,
      evidence: [visit.probe.exchange("a close frame, and a message behind it")],
    });
  },
};
