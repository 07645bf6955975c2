import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";

/** A client masks everything. */
export const clientSendsUnmaskedFrames: ClientCheck = {
  id: "client-sends-unmasked-frames",
  group: "client",
  title: "The client does not mask its frames",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Masking keeps whoever decides what a client sends from deciding which bytes are on the wire, where a proxy may take them for a request and keep a forged answer. Servers that follow the standard refuse such a client.",
  decides: "By whether a frame of the client, such as the answer to a ping, comes without a mask.",
  sends: "one ping and one text message",
  remedy: clientRemedy(
    "Mask every frame with a key of its own, from a random source that cannot be predicted.",
  ),
  references: { cwe: [444], rfc: ["RFC 6455 5.1", "RFC 6455 10.3"] },
  async run(context) {
    const visit = await context.accepted();
    visit.probe.text(context.settings.message);
    await context.reaction(visit);
    const plain = visit.probe.frames.filter(({ masked }) => !masked);
    if (plain.length === 0) return passed(`${visit.probe.frameCount} frames came, all of them masked`);
    return found({
      detail: `${plain.length} of ${visit.probe.frameCount} frames came without a mask.`,
      evidence: [visit.probe.exchange("a normal connection of the client")],
    });
  },
};
