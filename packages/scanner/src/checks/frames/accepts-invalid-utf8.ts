import type { Check } from "../../check.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Sequences that no UTF-8 has (RFC 3629 3), in hexadecimal. */
const SEQUENCES = {
  "a lone continuation byte": "80",
  "an overlong form": "c0af",
  "a surrogate": "eda080",
  "a code point above U+10FFFF": "f4908080",
  "a character that is cut off": "e282",
};

/** Text is UTF-8. */
export const acceptsInvalidUtf8: Check = {
  id: "accepts-invalid-utf8",
  group: "frames",
  title: "Text that is not UTF-8 is accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Text messages are UTF-8. Where others are taken, bytes are replaced or kept by each reader in its own way: what a filter compares is not what the application stores, and overlong forms hide characters from it.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for. Where the application ends the connection after any message that it does not know, it is not tested.",
  sends:
    "five text messages that are not UTF-8: a lone continuation byte, an overlong form, a surrogate, a code point above U+10FFFF, and one that is cut off; on five connections",
  remedy: frameRemedy("Close with 1007 on text that is not UTF-8."),
  references: { cwe: [176, 1286], rfc: ["RFC 6455 8.1", "RFC 3629 3"] },
  run: (context) =>
    judgeBreaches(
      context,
      Object.entries(SEQUENCES).map(([name, hex]) => ({
        name: `text with ${name}`,
        frames: [{ opcode: "text", payload: Buffer.from(`7b${hex}7d`, "hex") }],
      })),
      { isMessage: true },
    ),
};
