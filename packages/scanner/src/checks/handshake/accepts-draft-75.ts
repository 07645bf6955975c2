import { type Check, found, passed } from "../../check.ts";
import { describeAttempt } from "../../attempt.ts";
import { headerOf } from "../../probe/response-head.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { draft75 } from "./legacy-draft.ts";

/** A protocol from before the standard, in which nothing is masked or proven. */
export const acceptsDraft75: Check = {
  id: "accepts-draft-75",
  group: "handshake",
  title: "The draft of 2009 is still spoken (hixie-75)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Draft 75 has no key, no masks and no version: any request with `Upgrade` opens it, and its parser is one that nobody has looked at in years. Browsers left it in 2010, so that only attackers speak it.",
  decides:
    "By a 101 without `Sec-WebSocket-Accept` to a handshake without key and version, on a connection that stays open.",
  sends: "one handshake of draft 75",
  remedy: {
    summary: "Use a library that speaks RFC 6455 alone, and answer 426 to every other version.",
    nginx: 'if ($http_sec_websocket_version != "13") { return 426; }',
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [477, 757], rfc: ["RFC 6455 4.2.2"], advisories: ["CVE-2026-54466"], cheatSheet: true },
  async run(context) {
    const attempt = await context.request(draft75(context));
    const { probe } = attempt;
    if (attempt.kind !== "accepted" || probe.head === null) return passed(describeAttempt(attempt));
    if (headerOf(probe.head, "sec-websocket-accept") !== null)
      return passed("accepted as a handshake of the standard: see accepts-missing-key");
    await probe.waitFor(() => probe.ended !== null);
    if (probe.ended !== null) return passed("accepted, and ended");
    return found({
      detail:
        "A handshake without key and version was accepted without Sec-WebSocket-Accept, and the connection stays open.",
      evidence: [probe.exchange("a handshake of draft 75")],
    });
  },
};
