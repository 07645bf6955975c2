import { type Check, found, passed } from "../../check.ts";
import { frame, opcodes } from "../../probe/frame.ts";
import { reactionOn } from "../frames/breach.ts";

const PINGS = 2000;
/** With fewer pongs than this part of them, pings are not answered one by one. */
const ALL = 0.9;

/** Control frames are counted by nobody. */
export const noPingRateLimit: Check = {
  id: "no-ping-rate-limit",
  group: "limits",
  title: "Pings have no limit in number, and each is answered",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Limits that count messages in the application do not see pings: a library answers each by itself. Whoever sends them as fast as the network allows takes the time of the process from all others.",
  decides:
    "By what is answered to 2,000 pings that are sent at once: a close, an answer that is held back while another connection is answered, or answers to some of them only, which RFC 6455 allows, are limits. It is reported where each was answered.",
  sends: "2,000 pings of 4 bytes on one connection",
  remedy: {
    summary: "Count control frames like messages; answer the latest ping only, and close above the rate.",
    ws: 'socket.on("ping", () => { if (!bucket.take()) socket.terminate(); })',
    sallyport: "messageRate: { perConnection: 50/s } # control frames are counted, too",
  },
  references: { cwe: [770, 799], rfc: ["RFC 6455 5.5.3"] },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    const probe = await context.ready();
    const one = frame({ opcode: "ping", payload: "scan" });
    probe.send(Buffer.concat(Array.from({ length: PINGS }, () => one)), `${PINGS} pings at once`);
    const reaction = await reactionOn(context, probe);
    const pongs = probe.frames.filter(({ opcode }) => opcode === opcodes.pong).length;
    if (reaction.kind === "closed") return passed(`ended with ${reaction.code ?? "no code"}`);
    if (reaction.kind === "silent") return passed("it stops reading: what came behind them was held back");
    if (pongs < PINGS * ALL) return passed(`${pongs} of ${PINGS} were answered`);
    return found({
      detail: `${PINGS} pings that were sent at once were answered one by one, and what came behind them as well.`,
      evidence: [probe.exchange(`${PINGS} pings at once`)],
    });
  },
};
