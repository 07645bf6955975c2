import { type Check, found, passed } from "../../check.ts";
import { echoedCloses } from "./close-answer.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Codes that stand on no wire (RFC 6455 7.4.1, 7.4.2): reserved, or outside of every range. */
const CODES = [0, 999, 1005, 1006, 1015, 65_535];

/** Not every number is a close code. */
export const echoesInvalidCloseCode: Check = {
  id: "echoes-invalid-close-code",
  group: "frames",
  title: "Close codes that may not be sent are taken and sent back",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Codes such as 1006 stand for what happened without a close frame, and must not be in one. A server that takes them from a client writes a lie into its records, such as a failure of its own network, and sends back a frame for which right clients fail the connection.",
  decides: "By whether the close frame that answers has the same code, in place of 1002.",
  sends: "six close frames with the codes 0, 999, 1005, 1006, 1015 and 65535, on six connections",
  remedy: frameRemedy("Close with 1002 on a code that may not be sent."),
  references: { cwe: [1286, 117], rfc: ["RFC 6455 7.4.1", "RFC 6455 7.4.2"] },
  async run(context) {
    const payloads = CODES.map((code) => {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      return [String(code), payload] as const;
    });
    const echoed = await echoedCloses(context, payloads);
    if (echoed.length === 0) return passed(`none of ${CODES.join(", ")} was sent back`);
    return found({
      detail: `Sent back as they came: ${echoed.map(({ name }) => name).join(", ")}.`,
      evidence: echoed.slice(0, 3).map(({ exchange }) => exchange),
    });
  },
};
