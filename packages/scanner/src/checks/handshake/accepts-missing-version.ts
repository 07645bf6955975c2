import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck, withTwice } from "./strictness-check.ts";

/** A handshake need not say which protocol it is for. */
export const acceptsMissingVersion: Check = strictnessCheck({
  id: "accepts-missing-version",
  title: "Handshakes without a version, or with two, are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "A handshake without `Sec-WebSocket-Version` is that of a protocol from before the standard, which had no masks and no lengths that can be trusted. With two versions, a proxy and the server may each follow another one.",
  decides: "By whether the socket is usable after such a handshake.",
  sends:
    "a handshake without `Sec-WebSocket-Version`, and one with it twice, 13 and 99, with a ping on what is accepted",
  remedy: {
    summary: "Answer 426 with `Sec-WebSocket-Version: 13` unless the header is there once and says 13.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [1286, 444], rfc: ["RFC 6455 4.2.1", "RFC 6455 11.3.5"], cheatSheet: true },
  faults: (context) => [
    { name: "no version", request: context.handshake({ set: { "Sec-WebSocket-Version": null } }) },
    {
      name: "the versions 13 and 99",
      request: withTwice(context.handshake(), "Sec-WebSocket-Version", ["13", "99"]),
    },
  ],
  saw: "A handshake was accepted, and the socket is usable, with",
});
