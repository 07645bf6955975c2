import { type Check, notApplicable } from "../../check.ts";
import { compresses, NO_COMPRESSION, offeringCompression } from "../compression.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** What is not DEFLATE is no message. */
export const acceptsCorruptCompression: Check = {
  id: "accepts-corrupt-compression",
  group: "frames",
  title: "Compressed messages that cannot be decompressed are survived",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A message that cannot be decompressed has no content. A server that skips it, or goes on with what it got so far, has a stream whose state differs from that of its peer and of whoever filters between them.",
  decides: "By whether a ping that is sent behind is answered, in place of a close.",
  sends: "where permessage-deflate is accepted: one compressed message of eight bytes that are no DEFLATE",
  remedy: frameRemedy("Close with 1007 or 1002 on a message that cannot be decompressed."),
  references: { cwe: [1286], rfc: ["RFC 7692 7.2.2"] },
  async run(context) {
    if (!(await compresses(context))) return notApplicable(NO_COMPRESSION);
    // 07: a last block of the type that does not exist (RFC 1951 3.2.3).
    const payload = Buffer.from("07ffffffffffffff", "hex");
    return judgeBreaches(
      context,
      [
        {
          name: "a compressed message that is no DEFLATE",
          frames: [{ opcode: "text", reserved: 4, payload }],
        },
      ],
      { isMessage: true, change: offeringCompression },
    );
  },
};
