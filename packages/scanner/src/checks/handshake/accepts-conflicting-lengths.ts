import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck, withTwice } from "./strictness-check.ts";

/** Two lengths of one body are the start of request smuggling. */
export const acceptsConflictingLengths: Check = strictnessCheck({
  id: "accepts-conflicting-lengths",
  title: "Handshakes with contradictory lengths are accepted",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
  about:
    "Of a request with `Content-Length` and `Transfer-Encoding`, or with two lengths, every program on the way may make something else. An upgrade that is accepted with them lets a request ride behind it that the proxy never saw.",
  decides: "By whether the socket is usable after a handshake with lengths that contradict each other.",
  sends:
    "three handshakes: with `Content-Length` and `Transfer-Encoding`, with two lengths, and with a length that is no number; no body",
  remedy: {
    summary: "Answer 400 and end the connection.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [444], asvs: ["4.2.1"], rfc: ["RFC 9112 6.1", "RFC 9112 6.3"] },
  faults: (context) => [
    {
      name: "Content-Length and Transfer-Encoding",
      request: context.handshake({ set: { "Content-Length": "4", "Transfer-Encoding": "chunked" } }),
    },
    { name: "two lengths", request: withTwice(context.handshake(), "Content-Length", ["0", "4"]) },
    { name: "a length of +0x", request: context.handshake({ set: { "Content-Length": "+0x" } }) },
  ],
  saw: "A handshake was accepted, and the socket is usable, with",
});
