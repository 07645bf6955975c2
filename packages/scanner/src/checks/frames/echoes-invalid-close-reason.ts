import { type Check, found, passed } from "../../check.ts";
import { echoedCloses } from "./close-answer.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** The payload of a close is nothing, or a code and UTF-8. */
export const echoesInvalidCloseReason: Check = {
  id: "echoes-invalid-close-reason",
  group: "frames",
  title: "Close frames with half a code or a reason that is not UTF-8 are taken and sent back",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A close frame is empty, or has a code of two bytes and a reason in UTF-8. What else is taken reaches records and screens as it is, and the answer makes right clients fail the connection.",
  decides: "By whether the close frame that answers has the same payload, in place of 1002 or 1007.",
  sends: "two close frames, one with a single byte and one whose reason is not UTF-8, on two connections",
  remedy: frameRemedy("Close with 1002 on half a code, and with 1007 on a reason that is not UTF-8."),
  references: { cwe: [1286, 117], rfc: ["RFC 6455 5.5.1", "RFC 6455 8.1"] },
  async run(context) {
    const echoed = await echoedCloses(context, [
      ["a single byte", Buffer.from("03", "hex")],
      ["a reason that is not UTF-8", Buffer.from("03e8c328", "hex")],
    ]);
    if (echoed.length === 0) return passed("neither was sent back");
    return found({
      detail: `Sent back as it came: a close with ${echoed.map(({ name }) => name).join(", and one with ")}.`,
      evidence: echoed.map(({ exchange }) => exchange),
    });
  },
};
