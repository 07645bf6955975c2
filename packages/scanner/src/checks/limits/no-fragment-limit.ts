import { type Check, found, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import { reactionOn } from "../frames/breach.ts";

/** More than the largest default that a library has, 131,072. */
const FRAGMENTS = 140_000;
const BATCH = 10_000;
/** What a busy server needs to read them. */
const WORK_MS = 8000;

/** A message may come in any number of pieces. */
export const noFragmentLimit: Check = {
  id: "no-fragment-limit",
  group: "limits",
  title: "Messages have no limit in fragments",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Each fragment that is kept costs the server many times its size: a message of one-byte fragments below any limit of bytes holds hundreds of megabytes of memory.",
  decides:
    "By whether a ping behind 140,000 fragments of one byte of a message that does not end is answered. A limit in bytes that ends it is a limit, too.",
  sends: "140,000 fragments of one byte, one megabyte in all, of one text message that does not end",
  remedy: {
    summary: "Count the fragments of a message, and close with 1008 or 1009 above some hundred.",
    ws: "new WebSocketServer({ maxFragments: 256, maxPayload: 64 * 1024 })",
    socketIo: "new Server(http, { maxHttpBufferSize: 64 * 1024 })",
    sallyport: "messageSize: { inbound: 64KiB, fragments: 256 }",
  },
  references: {
    cwe: [770],
    rfc: ["RFC 6455 10.4"],
    advisories: ["CVE-2026-48779", "CVE-2026-12151"],
  },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    const probe = await context.ready();
    probe.frame({ opcode: "text", fin: false, payload: "x" });
    const one = frame({ opcode: "continuation", fin: false, payload: "x" });
    const batch = Buffer.concat(Array.from({ length: BATCH }, () => one));
    for (let sent = 0; sent < FRAGMENTS && !probe.isClosed; sent += BATCH)
      probe.send(batch, `${BATCH} continuations of one byte, without FIN`);
    const reaction = await reactionOn(context, probe, WORK_MS);
    if (reaction.kind === "closed") return passed(`closed with ${reaction.code ?? "no code"}`);
    if (reaction.kind === "silent") return passed("it stops reading: what came was held back");
    return found({
      detail: `${FRAGMENTS} fragments of a message that does not end were taken, and a ping behind them was answered.`,
      evidence: [probe.exchange("fragments without an end")],
    });
  },
};
