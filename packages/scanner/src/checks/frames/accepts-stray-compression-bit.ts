import { type Check, notApplicable } from "../../check.ts";
import { compresses, deflated, NO_COMPRESSION, offeringCompression } from "../compression.ts";
import { judgeBreaches, ordinaryText } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** With compression, RSV1 belongs to the first frame of a message alone. */
export const acceptsStrayCompressionBit: Check = {
  id: "accepts-stray-compression-bit",
  group: "frames",
  title: "Control frames and continuations are accepted as compressed",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Where compression was negotiated, RSV1 may stand on the first frame of a message only. Elsewhere each reader makes something else of it: what is plain for one is compressed for the other, so that a filter and the application read two texts.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for.",
  sends:
    "where permessage-deflate is accepted: one pong with RSV1, and one message whose continuation has RSV1, on two connections",
  remedy: frameRemedy("Close with 1002 on RSV1 in a control frame or a continuation."),
  references: { cwe: [1286], rfc: ["RFC 7692 6.1", "RFC 6455 5.2"] },
  async run(context) {
    if (!(await compresses(context))) return notApplicable(NO_COMPRESSION);
    const payload = deflated(ordinaryText(context));
    return judgeBreaches(
      context,
      [
        { name: "a pong with RSV1", frames: [{ opcode: "pong", reserved: 4 }] },
        {
          name: "a continuation with RSV1",
          frames: [
            { opcode: "text", reserved: 4, fin: false, payload: payload.subarray(0, 2) },
            { opcode: "continuation", reserved: 4, payload: payload.subarray(2) },
          ],
        },
      ],
      { isMessage: true, change: offeringCompression },
    );
  },
};
