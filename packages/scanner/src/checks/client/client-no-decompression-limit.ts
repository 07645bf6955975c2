import { found, notApplicable, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { deflated } from "../compression.ts";
import { browserSeverity } from "./browser-severity.ts";
import { clientRemedy, endOf } from "./client-breach.ts";
import { memoryGrowth } from "./memory-growth.ts";

const MIB = 1024 * 1024;
/** Above the default of every library that has one: ws takes 100 MiB. */
const BYTES = 160 * MIB;
/** What ends each part (RFC 7692 7.2.1), and is left out behind the last. */
const FLUSH: Buffer = Buffer.from("0000ffff", "hex");
/** What a busy client needs to decompress it. */
const WORK_MS = 30_000;

/** A small message may become a large one. */
export const clientNoDecompressionLimit: ClientCheck = {
  id: "client-no-decompression-limit",
  group: "client",
  title: "The client has no limit for messages once they are decompressed",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "Compression makes a thousand bytes of one. A client that offers it and has no limit for what comes out is made to fill its memory by a server that sends next to nothing.",
  decides:
    "By whether the client answers a ping behind a compressed message that is 160 MiB long when it is decompressed. For a browser, whose pages may fill memory anyway, it is info.",
  sends: "where the client offers permessage-deflate: one compressed message of 160 KB that becomes 160 MiB",
  remedy: {
    ...clientRemedy("Do not offer permessage-deflate, or stop decompressing at the limit for messages."),
    ws: "new WebSocket(url, { perMessageDeflate: false, maxPayload: 1024 * 1024 })",
  },
  references: { cwe: [409], rfc: ["RFC 6455 10.4", "RFC 7692 8"], advisories: ["CVE-2026-1526"] },
  impact: "heavy",
  async run(context) {
    if (!context.control.compresses) return notApplicable("the client does not offer permessage-deflate");
    const visit = await context.accepted({ set: { "Sec-WebSocket-Extensions": "permessage-deflate" } });
    const growth = await memoryGrowth(context);
    const payload = bomb();
    visit.probe.send(
      frame({ opcode: "binary", reserved: 4, payload, mask: null }),
      `a compressed message of ${payload.length} bytes that becomes ${BYTES / MIB} MiB`,
    );
    const reaction = await context.reaction(visit, WORK_MS);
    if (reaction.kind !== "alive") return passed(endOf(reaction));
    return found({
      detail: `${payload.length} bytes that become ${BYTES / MIB} MiB were decompressed, and what came behind them was answered.${await growth()}`,
      evidence: [visit.probe.exchange("a message that grows a thousandfold")],
      ...browserSeverity(context.control),
    });
  },
};

/** A mebibyte of zeros, compressed, again and again: each part decompresses to the same behind itself. */
function bomb(): Buffer {
  const part = deflated(Buffer.alloc(MIB));
  const parts = Array.from({ length: BYTES / MIB - 1 }, () => Buffer.concat([part, FLUSH]));
  return Buffer.concat([...parts, part]);
}
