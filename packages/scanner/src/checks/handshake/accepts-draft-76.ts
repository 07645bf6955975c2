import { createHash } from "node:crypto";
import { type Check, found, passed } from "../../check.ts";
import { describeAttempt } from "../../attempt.ts";
import { describeRequest, serializeRequest } from "../../probe/handshake.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { DRAFT_76_BODY, draft76 } from "./legacy-draft.ts";

/** What answers the keys of the draft's example. */
const ANSWER = Buffer.concat([number(829_309_203), number(259_970_620), Buffer.from(DRAFT_76_BODY)]);
const DIGEST = createHash("md5").update(ANSWER).digest().toString("latin1");

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A protocol from before the standard, with keys in the body of a GET. */
export const acceptsDraft76: Check = {
  id: "accepts-draft-76",
  group: "handshake",
  title: "The draft of 2010 is still spoken (hixie-76)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Draft 76 sends bytes behind the head of a GET that no length announces, which proxies take for the next request: this is the protocol whose attacks led to masks. Browsers left it in 2011.",
  decides: "By a 101 to a handshake with `Sec-WebSocket-Key1` and `Key2` that brings the answer to them.",
  sends: "one handshake of draft 76, with its eight bytes behind the head",
  remedy: {
    summary: "Use a library that speaks RFC 6455 alone, and answer 426 to every other version.",
    nginx: 'if ($http_sec_websocket_version != "13") { return 426; }',
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: {
    cwe: [477, 757, 444],
    rfc: ["RFC 6455 4.2.2", "RFC 6455 10.3"],
    advisories: ["CVE-2026-54466"],
    cheatSheet: true,
  },
  async run(context) {
    const request = await context.prepare(draft76(context));
    const probe = await context.dial();
    const bytes = Buffer.concat([serializeRequest(request), Buffer.from(DRAFT_76_BODY, "latin1")]);
    probe.send(bytes, [...describeRequest(request), "(8 bytes behind the head)"]);
    const attempt = await context.answered(probe);
    if (attempt.kind !== "accepted") return passed(describeAttempt(attempt));
    const isAnswered = await probe.waitFor(() => probe.afterHead.toString("latin1").startsWith(DIGEST));
    if (!isAnswered) return passed("a 101 came, without the answer to the keys");
    return found({
      detail: "A handshake of draft 76 was accepted, with the right answer to its keys.",
      evidence: [probe.exchange("a handshake of draft 76")],
    });
  },
};
