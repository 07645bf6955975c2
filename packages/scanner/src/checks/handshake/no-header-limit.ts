import type { Check } from "../../check.ts";
import { strictnessCheck } from "./strictness-check.ts";

/** Above what Node (16 KiB), nginx (32 KiB) and Apache (8 KiB a line) take by default, and small enough to disturb nobody. */
const BYTES = 131_072;
const COUNT = 8000;

/** A handshake has no size. */
export const noHeaderLimit: Check = strictnessCheck({
  id: "no-header-limit",
  title: "Headers of a handshake have no limit",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Whatever looks at headers before anybody is known, looks at all of them: memory for each handshake, and patterns that take longer than linear time, grow with what a stranger sends.",
  decides: "By whether the socket is usable after a handshake with 128 KiB of headers.",
  sends:
    "one handshake with a header of 128 KiB, one with 8,000 small headers, and a ping on what is accepted",
  remedy: {
    summary: "Leave the limits of the HTTP parser where they are (16 KiB in Node), and answer 431 above.",
    ws: "http.createServer({ maxHeaderSize: 16 * 1024 })",
    nginx: "large_client_header_buffers 4 8k;",
    sallyport: "path: /chat # headers above 16 KiB are answered with 431",
  },
  references: { cwe: [770, 400], rfc: ["RFC 6585 5", "RFC 6455 10.4"], advisories: ["CVE-2021-32640"] },
  impact: "heavy",
  faults: (context) => [
    {
      name: "a header of 128 KiB",
      request: context.handshake({ add: [["X-Sallyport", "a".repeat(BYTES)]] }),
    },
    {
      name: "8,000 headers",
      request: context.handshake({
        add: Array.from({ length: COUNT }, (_, at) => [`X-${at}`, "sallyport"] as const),
      }),
    },
  ],
  saw: "A handshake was accepted, and the socket is usable, with",
});
