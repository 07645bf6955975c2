import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";
import { echoedBy } from "./echoed-close.ts";

/** Codes that must not be in a close frame (RFC 6455 7.4.1). Of those below 1000 the standard says only that they are not used, and Chromium takes them. */
const CODES = [1005, 1006, 1015];

/** Not every number is a close code. */
export const clientEchoesInvalidCloseCodes: ClientCheck = {
  id: "client-echoes-invalid-close-codes",
  group: "client",
  title: "The client takes close codes that may not be sent, and sends them back",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Codes such as 1006 stand for what happened without a close frame, and must not be in one. A client that takes them from a server tells its application of a failure of the network that was none, and itself sends what the standard forbids.",
  decides:
    "By whether the close frame that answers has the same code, in place of 1002. What the client tells its application is not seen.",
  sends: "three close frames with the codes 1005, 1006 and 1015, on three connections",
  remedy: clientRemedy("Close with 1002 on a code that may not be sent."),
  references: { cwe: [1286, 117], rfc: ["RFC 6455 7.4.1"] },
  async run(context) {
    const echoed = await echoedBy(
      context,
      CODES.map((code) => ({ name: `the code ${code}`, payload: Buffer.from([code >> 8, code & 0xff]) })),
    );
    if (echoed.length === 0) return passed(`none of ${CODES.join(", ")} was sent back`);
    return found({
      detail: `Sent back as they came: ${echoed.map(({ name }) => name).join(", ")}.`,
      evidence: echoed.slice(0, 3).map(({ exchange }) => exchange),
    });
  },
};
