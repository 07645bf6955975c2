import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck } from "./strictness-check.ts";

/** Keys that are not 16 bytes in base64, each for another reason. */
const KEYS = {
  "a key of 3 bytes": "c2hv",
  "a key of 24 bytes": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0",
  "a key that is not base64": "!!!!!!!!!!!!!!!!!!!!!!==",
};

/** The key is 16 bytes. */
export const acceptsMalformedKey: Check = strictnessCheck({
  id: "accepts-malformed-key",
  title: "Keys of the wrong form are accepted",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "The key is 16 random bytes in base64. What else is taken shows a handshake that was written by hand, in which other rules may be missing as well.",
  decides: "By whether the socket is usable after a handshake with a key that is short, long, or not base64.",
  sends: "three handshakes, each with another malformed key, and a ping on those that are accepted",
  remedy: {
    summary: "Answer 400 unless the key decodes to 16 bytes.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [1286], rfc: ["RFC 6455 4.2.1"] },
  faults: (context) =>
    Object.entries(KEYS).map(([name, key]) => ({
      name,
      request: context.handshake({ set: { "Sec-WebSocket-Key": key } }),
    })),
  saw: "A handshake was accepted, and the socket is usable, with",
});
