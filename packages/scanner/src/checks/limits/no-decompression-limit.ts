import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import { compresses, deflated, NO_COMPRESSION, offeringCompression } from "../compression.ts";
import { FRAGILE, ordinaryText, reactionOn } from "../frames/breach.ts";

/** Decompressed size. */
const BYTES = 16 * 1024 * 1024;
/** What a busy server needs to decompress it, which others do not wait for. */
const WORK_MS = 30_000;

/** A small message may become a large one. */
export const noDecompressionLimit: Check = {
  id: "no-decompression-limit",
  group: "limits",
  title: "Compressed messages have no limit in size once they are decompressed",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Compression makes a thousand bytes of one. A limit that is measured before a message is decompressed, or is far above what the application needs, lets a client fill the memory of a server for next to nothing.",
  decides:
    "By whether a ping is answered behind a compressed message of 16 KiB that is 16 MiB long when it is decompressed, where a small compressed message is survived as well.",
  sends:
    "where permessage-deflate is accepted: one small compressed message, and one of 16 KiB that becomes 16 MiB",
  remedy: {
    summary: "Do not accept permessage-deflate, or stop decompressing at the limit for messages.",
    ws: "new WebSocketServer({ perMessageDeflate: false, maxPayload: 64 * 1024 })",
    socketIo: "new Server(http, { perMessageDeflate: false, maxHttpBufferSize: 64 * 1024 })",
    sallyport: "messageSize: { inbound: 64KiB } # and compression: off",
  },
  references: {
    cwe: [409],
    rfc: ["RFC 6455 10.4", "RFC 7692 8"],
    advisories: ["CVE-2026-1526"],
    cheatSheet: true,
  },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    if (!(await compresses(context))) return notApplicable(NO_COMPRESSION);
    const small = await context.ready(offeringCompression);
    small.send(compressed(deflated(ordinaryText(context))), "a small compressed message");
    if ((await reactionOn(context, small)).kind !== "alive") return notTested(FRAGILE);
    const probe = await context.ready(offeringCompression);
    const payload = deflated(Buffer.alloc(BYTES, " "));
    probe.send(compressed(payload), `a compressed message of ${payload.length} bytes that becomes 16 MiB`);
    const reaction = await reactionOn(context, probe, WORK_MS);
    // An echo of all of it is more than is read.
    const isFlooded = probe.ended === "flooded";
    if (reaction.kind === "closed" && !isFlooded) return passed(`closed with ${reaction.code ?? "no code"}`);
    if (reaction.kind === "silent" && !isFlooded)
      return notTested(
        `nothing was answered within ${WORK_MS / 1000} s: it may be decompressed still, or left out`,
      );
    return found({
      detail: `${payload.length} bytes that become 16 MiB were decompressed, and what came behind them was answered.`,
      evidence: [probe.exchange("a message that grows a thousandfold")],
    });
  },
};

function compressed(payload: Buffer): Buffer {
  return frame({ opcode: "text", reserved: 4, payload });
}
