import type { Check } from "../../check.ts";
import { judgeBreaches } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Text is UTF-8 when it is put together, too. */
export const acceptsSplitInvalidUtf8: Check = {
  id: "accepts-split-invalid-utf8",
  group: "frames",
  title: "Text that is not UTF-8 is accepted in fragments",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A server that decodes each fragment alone, or only the first, takes text that is not UTF-8 where it comes in pieces, and so may refuse right text whose characters are split.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for. Where the application ends the connection after any message that it does not know, it is not tested.",
  sends: "one text message in two fragments, of which the second breaks off a character that the first began",
  remedy: frameRemedy(
    "Decode a message as one stream over its fragments, and close with 1007 where it is not UTF-8.",
  ),
  references: { cwe: [176, 1286], rfc: ["RFC 6455 5.6", "RFC 6455 8.1"] },
  run: (context) =>
    judgeBreaches(
      context,
      [
        {
          name: "text in two fragments with a character that breaks off between them",
          frames: [
            { opcode: "text", payload: Buffer.from("7be2", "hex"), fin: false },
            { opcode: "continuation", payload: Buffer.from("417d", "hex") },
          ],
        },
      ],
      { isMessage: true },
    ),
};
