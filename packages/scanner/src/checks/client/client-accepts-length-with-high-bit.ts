import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";

/** The highest bit of a length is zero. */
export const clientAcceptsLengthWithHighBit: ClientCheck = {
  id: "client-accepts-length-with-high-bit",
  group: "client",
  title: "The client takes lengths of 2^63 bytes and more",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "The length of a frame has 63 bits. A reader that takes the highest bit for a sign, or cuts the number, sees the next frame somewhere else than others do.",
  decides:
    "By whether the connection is still open some seconds after the header of a frame whose length has the highest bit, without a payload: whoever follows the standard ends it there.",
  sends: "one frame header of ten bytes that announces 2^63 bytes",
  remedy: clientRemedy(
    "Close with 1002 on a length with the highest bit, and with 1009 on any that is above the limit.",
  ),
  references: { cwe: [1284, 190], rfc: ["RFC 6455 5.2"] },
  async run(context) {
    const visit = await context.accepted();
    visit.probe.frame({ opcode: "binary", announced: 2n ** 63n, lengthBytes: 8 });
    if (await context.ends(visit)) return passed("the connection was ended");
    return found({
      detail: "The client took a length of 2^63 bytes, and waited for the payload.",
      evidence: [visit.probe.exchange("a length with the highest bit")],
    });
  },
};
