import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck } from "./strictness-check.ts";

const METHODS = ["POST", "HEAD", "OPTIONS", "PUT"];

/** A handshake is a GET. */
export const acceptsOtherMethod: Check = strictnessCheck({
  id: "accepts-other-method",
  title: "Handshakes by other methods than GET are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "Proxies, firewalls and middleware decide by the method what a request may be. A handshake that comes as POST or OPTIONS passes rules that were written for GET, such as one that asks for a session.",
  decides: "By whether the socket is usable after a handshake with another method.",
  sends: `a handshake with each of ${METHODS.join(", ")}, and a ping on those that are accepted`,
  remedy: {
    summary: "Answer 405 with `Allow: GET` to an upgrade with any other method.",
    nginx: "limit_except GET { deny all; }",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [1286, 650], asvs: ["4.1.4"], rfc: ["RFC 6455 4.2.1"] },
  faults: (context) =>
    METHODS.map((method) => ({
      name: method,
      request: context.handshake({ method, set: { "Content-Length": "0" } }),
    })),
  saw: "A handshake was accepted, and the socket is usable, with the method",
});
