import type { Check } from "../../check.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { strictnessCheck } from "./strictness-check.ts";

/** 8 is not among them: it is that of drafts whose frames are those of the standard, and common libraries take it. */
const VERSIONS = ["99", "7", "0", "-1", "thirteen"];

/** The version of the protocol is not looked at. */
export const acceptsUnknownVersion: Check = strictnessCheck({
  id: "accepts-unknown-version",
  title: "Versions of the protocol that do not exist are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "The version says which protocol is spoken after the handshake. A server that does not look at it takes part in handshakes that a proxy in front of it holds for failed, or the other way round: the two then disagree about where requests begin, which is how requests are smuggled past the proxy.",
  decides: "By whether the socket is usable after a handshake with another `Sec-WebSocket-Version` than 13.",
  sends: `a handshake with each of the versions ${VERSIONS.join(", ")}, and a ping on those that are accepted`,
  remedy: {
    summary: "Answer 426 with `Sec-WebSocket-Version: 13` to every version but 13.",
    ws: "new WebSocketServer(…) // does so by itself, unless the handshake is written by hand",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [1286, 444], rfc: ["RFC 6455 4.2.2", "RFC 6455 4.4"], cheatSheet: true },
  faults: (context) =>
    VERSIONS.map((version) => ({
      name: `version ${version}`,
      request: context.handshake({ set: { "Sec-WebSocket-Version": version } }),
    })),
  saw: "A handshake was accepted, and the socket is usable, with",
});
