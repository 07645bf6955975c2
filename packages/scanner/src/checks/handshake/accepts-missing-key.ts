import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck } from "./strictness-check.ts";

/** The key proves that the client speaks WebSocket. */
export const acceptsMissingKey: Check = strictnessCheck({
  id: "accepts-missing-key",
  title: "Handshakes without a key are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N",
  about:
    "`Sec-WebSocket-Key` cannot be set by scripts, and the answer to it cannot come from a cache. A server that accepts handshakes without it can be opened by requests that were never meant as a handshake.",
  decides: "By whether the socket is usable after a handshake without `Sec-WebSocket-Key`, of version 13.",
  sends: "one handshake without `Sec-WebSocket-Key`, one with an empty one, and a ping on what is accepted",
  remedy: {
    summary: "Answer 400 to a handshake without a key.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [1286], rfc: ["RFC 6455 4.2.1", "RFC 6455 11.3.1"] },
  faults: (context) => [
    { name: "no key", request: context.handshake({ set: { "Sec-WebSocket-Key": null } }) },
    { name: "an empty key", request: context.handshake({ set: { "Sec-WebSocket-Key": "" } }) },
  ],
  saw: "A handshake was accepted, and the socket is usable, with",
});
