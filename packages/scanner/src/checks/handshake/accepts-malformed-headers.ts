import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck } from "./strictness-check.ts";

/** Header lines that RFC 9112 has refused. */
const LINES: Readonly<Record<string, readonly [name: string, value: string]>> = {
  "a space before the colon": ["X-Sallyport ", "1"],
  "a folded line": ["X-Sallyport", "1\r\n folded"],
  "a NUL in a value": ["X-Sallyport", "1\u00002"],
  "a bare CR in a value": ["X-Sallyport", "1\r2"],
  "a name with a parenthesis": ["X-Sallyport(1)", "1"],
};

/** Headers that are not well-formed mean something else to everybody on the way. */
export const acceptsMalformedHeaders: Check = strictnessCheck({
  id: "accepts-malformed-headers",
  title: "Handshakes with malformed headers are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A space before the colon, a folded line, a NUL or a bare CR is read in different ways by different programs. A header that a proxy does not see and the server does is a header that nobody checked.",
  decides: "By whether the socket is usable after a handshake with such a line among its headers.",
  sends: `a handshake with each of: ${Object.keys(LINES).join(", ")}; a ping on those that are accepted`,
  remedy: {
    summary:
      "Answer 400 to headers that are not well-formed: use a parser that is strict, and leave its lenient modes off.",
    ws: "http.createServer({ insecureHTTPParser: false })",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [444, 1286], asvs: ["4.2.1"], rfc: ["RFC 9112 5", "RFC 9110 5.5"] },
  faults: (context) =>
    Object.entries(LINES).map(([name, line]) => ({ name, request: context.handshake({ add: [line] }) })),
  saw: "A handshake was accepted, and the socket is usable, with",
});
