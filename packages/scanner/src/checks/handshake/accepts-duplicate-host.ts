import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck, withTwice } from "./strictness-check.ts";

/** Of two hosts, each on the way may take another. */
export const acceptsDuplicateHost: Check = strictnessCheck({
  id: "accepts-duplicate-host",
  title: "Handshakes with two hosts, or none, are accepted",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "A server has to answer 400 to a request with two `Host` headers or without one. Where it does not, a proxy may route and filter by one of them, and the server work with the other. By itself it does nothing; behind a proxy it is half of a bypass.",
  decides:
    "By whether the socket is usable after a handshake with its own host and a foreign one, in both orders, and without any.",
  sends: "three handshakes: two hosts in both orders, and none; a ping on those that are accepted",
  remedy: {
    summary:
      "Answer 400 unless `Host` is there once: in Node, look at `request.rawHeaders`, since `headers` keeps the first alone.",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [444, 1286], asvs: ["4.2.1"], rfc: ["RFC 9112 3.2", "RFC 6455 4.2.1"] },
  faults(context) {
    const own = context.target.authority;
    const foreign = "sallyport-scan.invalid";
    return [
      {
        name: "its own host and a foreign one",
        request: withTwice(context.handshake(), "Host", [own, foreign]),
      },
      {
        name: "a foreign host and its own",
        request: withTwice(context.handshake(), "Host", [foreign, own]),
      },
      { name: "no host", request: context.handshake({ set: { Host: null } }) },
    ];
  },
  saw: "A handshake was accepted, and the socket is usable, with",
});
