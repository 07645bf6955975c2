import type { Check } from "../../check.ts";
import { judgeBreaches, ordinaryText } from "./breach.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** Lengths are written with the fewest bytes. */
export const acceptsOverlongLength: Check = {
  id: "accepts-overlong-length",
  group: "frames",
  title: "Lengths with more bytes than they need are accepted",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "A length has one right form. Where longer ones are accepted, a reader on the way that takes only the short form sees other frames than the server. Most libraries accept them.",
  decides:
    "By whether a ping that is sent behind is answered, in place of the close that the standard asks for. Where the application ends the connection after any message that it does not know, it is not tested.",
  sends:
    "two text frames, one with its length in two bytes and one in eight, where one would do, on two connections; in eight alone where the last of --message takes two",
  remedy: frameRemedy("Close with 1002 on a length that is not written with the fewest bytes."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.2"] },
  run(context) {
    const payload = ordinaryText(context);
    // What takes more than that is right in two bytes.
    const isShort = Buffer.byteLength(payload) < 126;
    return judgeBreaches(
      context,
      (isShort ? ([2, 8] as const) : ([8] as const)).map((lengthBytes) => ({
        name: `a ${isShort ? "short " : ""}frame with its length in ${lengthBytes} bytes`,
        frames: [{ opcode: "text", payload, lengthBytes }],
      })),
      { isMessage: true },
    );
  },
};
