import { type Check, found, passed } from "../../check.ts";
import { describeAttempt } from "../../attempt.ts";
import { acceptOf } from "../../probe/handshake.ts";
import { headerOf } from "../../probe/response-head.ts";

/** The answer does not prove that this handshake was read. */
export const wrongAccept: Check = {
  id: "wrong-accept",
  group: "handshake",
  title: "The answer does not belong to the handshake",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "`Sec-WebSocket-Accept` proves that whoever answers has read this handshake. An answer without it, or with that of another one, comes from a cache, or from a server that any request can move to send a 101: browsers refuse it, and a proxy that does not look opens a tunnel.",
  decides: "By the value in the answer, which follows from the key of the handshake.",
  sends: "one normal handshake",
  remedy: {
    summary: "Use a library that speaks RFC 6455, and let no cache store a 101.",
    nginx: "proxy_cache off;",
    sallyport: "path: /chat # an upstream whose answer is wrong is a 502",
  },
  references: { cwe: [345, 444], rfc: ["RFC 6455 4.2.2", "RFC 6455 4.1"] },
  async run(context) {
    const request = context.handshake();
    const attempt = await context.request(request);
    const { probe } = attempt;
    if (attempt.kind !== "accepted" || probe.head === null) return passed(describeAttempt(attempt));
    const key = request.headers.find(([name]) => name === "Sec-WebSocket-Key")?.[1] ?? "";
    const accept = headerOf(probe.head, "sec-websocket-accept");
    if (accept === acceptOf(key)) return passed();
    return found({
      detail:
        accept === null
          ? "A 101 came without Sec-WebSocket-Accept."
          : "A 101 came whose Sec-WebSocket-Accept is not that of the handshake's key.",
      evidence: [probe.exchange(`a handshake whose answer should be ${acceptOf(key)}`)],
    });
  },
};
