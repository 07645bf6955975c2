import type { Check } from "../../check.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import { judgeGrowth } from "./growth.ts";

/** Pairs of a backslash and a letter: where each is read in two ways, two more of them take four times as long. */
const SIZES = [19, 21, 23] as const;

/** The list of extensions is taken apart in exponential time. */
export const slowExtensionParsing: Check = {
  id: "slow-extension-parsing",
  group: "limits",
  title: "A header with a quote that does not end keeps the server busy (Sec-WebSocket-Extensions)",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "A pattern that reads a backslash in a quoted string both as an escape and as any character tries all ways when the quote does not end: each pair doubles the time. One request of a hundred bytes stops a process for good.",
  decides:
    "By how the time of the answer grows with two pairs more, at sizes that take milliseconds even then, against a header whose quote ends: five times at three sizes, long by their median and growing by the shortest. A single slow answer says nothing.",
  sends: "up to 20 handshakes with a Sec-WebSocket-Extensions of some 60 bytes, one after the other",
  remedy: {
    summary:
      "Update the library that parses the header (websocket-extensions 0.1.4), or refuse headers with a backslash.",
    nginx: 'if ($http_sec_websocket_extensions ~ "\\\\") { return 400; }',
    sallyport: "compression: off # headers are parsed in linear time on every route",
  },
  references: { cwe: [1333, 407], rfc: ["RFC 6455 9.1"], advisories: ["CVE-2020-7662"] },
  impact: "heavy",
  isAlone: true,
  withoutControl: true,
  run: (context) =>
    judgeGrowth(context, {
      sizes: SIZES,
      evil: (size) => header(`a; b="${String.raw`\c`.repeat(size)}`),
      harmless: header(`a; b="${"cc".repeat(SIZES[2])}"`),
    }),
};

function header(value: string): HandshakeChange {
  return { set: { "Sec-WebSocket-Extensions": value } };
}
