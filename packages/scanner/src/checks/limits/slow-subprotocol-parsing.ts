import type { Check } from "../../check.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import { judgeGrowth } from "./growth.ts";

/** Spaces; with the rest of a handshake below the 16 KiB of headers that most servers take. */
const SIZES = [3500, 7000, 14_000] as const;

/** The list of subprotocols is taken apart in quadratic time. */
export const slowSubprotocolParsing: Check = {
  id: "slow-subprotocol-parsing",
  group: "limits",
  title: "A header of many spaces keeps the server busy (Sec-WebSocket-Protocol)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A pattern such as / *, */ tries every run of spaces from every place in it: time grows with the square of the length. A few requests a second, without any right, keep a process with one thread busy.",
  decides:
    "By how the time of the answer grows when the header doubles, against a header of the same size without spaces: five times at three sizes, long by their median and growing by the shortest. A single slow answer says nothing.",
  sends: "up to 20 handshakes with a Sec-WebSocket-Protocol of 3,500 to 14,000 spaces, one after the other",
  remedy: {
    summary: "Update the library; split lists at commas and trim each part, without a pattern.",
    ws: "npm install ws@latest # 7.4.6, 6.2.2 and 5.2.3 mended it",
    nginx: "large_client_header_buffers 4 4k;",
    sallyport: "subprotocol: { allow: [chat.v1] } # headers are parsed in linear time on every route",
  },
  references: { cwe: [1333, 407], advisories: ["CVE-2021-32640"] },
  impact: "heavy",
  isAlone: true,
  withoutControl: true,
  run: (context) =>
    judgeGrowth(context, {
      sizes: SIZES,
      evil: (size) => header(`b${" ".repeat(size)}x`),
      harmless: header("b".repeat(SIZES[2])),
    }),
};

function header(value: string): HandshakeChange {
  return { set: { "Sec-WebSocket-Protocol": value } };
}
