import type { Check } from "../../check.ts";
import { createKey } from "../../probe/handshake.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck, withTwice } from "./strictness-check.ts";

/** Of two keys, each on the way may take another. */
export const acceptsDuplicateKey: Check = strictnessCheck({
  id: "accepts-duplicate-key",
  title: "Handshakes with two keys are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "The header may stand there once. With two of them a proxy and the server behind it may each follow another one, and then disagree about whether the socket is open.",
  decides: "By whether the socket is usable after a handshake with two different `Sec-WebSocket-Key`.",
  sends: "one handshake with two keys, and a ping where it is accepted",
  remedy: {
    summary: "Answer 400 where a header that may come once comes twice.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [1286, 444], rfc: ["RFC 6455 11.3.1"] },
  faults: (context) => [
    {
      name: "two keys",
      request: withTwice(context.handshake(), "Sec-WebSocket-Key", [createKey(), createKey()]),
    },
  ],
  saw: "A handshake was accepted, and the socket is usable, with",
});
