import { type Check, found, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Two to the power of 63, and four. */
const LENGTH = 2n ** 63n + 4n;

/** A length of 64 bits has its first bit clear. */
export const acceptsLengthWithHighBit: Check = {
  id: "accepts-length-with-high-bit",
  group: "frames",
  title: "Lengths with the highest bit set are accepted",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "The highest bit of a 64-bit length has to be 0. A server that reads the length as a signed number has a negative one, and one that cuts it off has a small one: either takes the payload for something else, up to a crash. One that takes it as it is waits for ever.",
  decides:
    "By whether the connection stays open after such a header and four bytes, with the time to be ended and a turn of the server's on another connection.",
  sends: "the header of a frame of 2^63 + 4 bytes, four bytes of payload, and a ping",
  remedy: frameRemedy("Close with 1002 on a length with the highest bit set."),
  references: { cwe: [190, 1284], rfc: ["RFC 6455 5.2"], advisories: ["CVE-2026-1528"] },
  async run(context) {
    const probe = await context.accepted();
    probe.send(
      frame({ opcode: "binary", announced: LENGTH, payload: "scan" }),
      `binary, says ${LENGTH} bytes, sends 4`,
    );
    const reaction = await probe.reaction();
    if (reaction.kind === "silent") await context.hadItsTurn();
    await probe.waitFor(() => probe.isClosed, 50);
    if (probe.isClosed) return passed("closed by its header");
    return found({
      detail:
        reaction.kind === "alive"
          ? "The length was cut off: the four bytes were taken for the whole, and a ping behind them was answered."
          : "The header was accepted: the connection stayed open and waited for the payload.",
      evidence: [probe.exchange("a frame whose length has the highest bit set")],
    });
  },
};
