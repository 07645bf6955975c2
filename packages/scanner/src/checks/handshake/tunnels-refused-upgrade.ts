import { type Check, found, passed, notTested } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { describeRequest, type RawRequest, serializeRequest } from "../../probe/handshake.ts";
import { isBodyWhole, type Probe } from "../../probe/probe.ts";
import { parseResponseHead } from "../../probe/response-head.ts";

/** An answer as far as it can be compared: its status, the names of its headers, and who says that it answers. */
type Signature = string;

/** A proxy opens the tunnel although the server refused the upgrade. */
export const tunnelsRefusedUpgrade: Check = {
  id: "tunnels-refused-upgrade",
  group: "handshake",
  title: "A proxy passes what it does not read after a refused upgrade",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:L/A:N",
  about:
    "A proxy that takes a request with `Upgrade` for the beginning of a tunnel, without looking at the answer, passes on everything that follows. A client sends a handshake that the server refuses, keeps the connection, and talks to the server past every rule of the proxy (WebSocket smuggling).",
  decides:
    "By an ordinary request on the same connection, behind a handshake that was refused: its answer lacks, or has, headers that it normally has not, as one does that did not pass the proxy. The same request alone, and behind another ordinary one, is answered alike.",
  sends:
    "seven small requests on four connections: a handshake of an unknown version, and GETs of a path that is not there",
  remedy: {
    summary:
      "Open the tunnel after a 101 with the right `Sec-WebSocket-Accept` alone; behind any other answer end the connection, or go on reading requests.",
    nginx: "# nginx does so by itself: proxy_http_version 1.1; with the Upgrade and Connection headers set",
    sallyport: "upstream: ws://127.0.0.1:3000 # the tunnel opens after a valid 101 alone",
  },
  references: { cwe: [444], asvs: ["4.2.1"], rfc: ["RFC 9110 7.8", "RFC 6455 4.2.2"] },
  isAlone: true,
  withoutControl: true,
  async run(context) {
    const alone = await answerBehind(context, null);
    if (alone.signature === null) return notTested("an ordinary request was not answered");
    const behindOther = await answerBehind(context, ordinary(context, "keep-alive"));
    const bad = await context.prepare(
      context.handshake({ set: { "Sec-WebSocket-Version": "99" }, credentials: false, ticket: null }),
    );
    const behind = await answerBehind(context, bad);
    if (behind.signature === null) return passed("nothing is answered behind a refused upgrade");
    if (behindOther.signature !== null && behindOther.signature !== alone.signature)
      return notTested("ordinary requests are answered differently each time");
    if (behind.signature === alone.signature) return passed("answered like any other request");
    const again = await answerBehind(context, bad);
    if (again.signature !== behind.signature)
      return notTested("the answers behind a refused upgrade differ each time");
    return found({
      detail: `A request behind a refused upgrade is answered with ${behind.signature}; normally with ${alone.signature}.`,
      evidence: [
        behind.probe.exchange("a request behind a refused upgrade"),
        alone.probe.exchange("the same request alone"),
      ],
      confidence: "firm",
    });
  },
};

function ordinary({ target, settings }: CheckContext, connection: string): RawRequest {
  return {
    method: "GET",
    path: "/sallyport-scan/not-there",
    headers: [
      ["Host", target.authority],
      ["User-Agent", settings.userAgent],
      ["Connection", connection],
    ],
  };
}

/** Sends an ordinary request behind another on the same connection; how it was answered, null where it was not. */
async function answerBehind(
  context: CheckContext,
  first: RawRequest | null,
): Promise<{ readonly signature: Signature | null; readonly probe: Probe }> {
  const probe = await context.dial();
  if (first !== null) {
    probe.send(serializeRequest(first), describeRequest(first));
    const attempt = await context.answered(probe);
    if (attempt.kind !== "refused" || probe.ended !== null || !isBodyWhole(probe))
      return { signature: null, probe };
  }
  const before = probe.body.length;
  const request = ordinary(context, "close");
  probe.send(serializeRequest(request), describeRequest(request));
  const headOf = (): ReturnType<typeof parseResponseHead> => parseResponseHead(probe.body.subarray(before));
  if (first === null) await context.answered(probe);
  else await probe.waitFor(() => typeof headOf() === "object", 2 * context.patienceMs);
  const reading = first === null ? null : headOf();
  const head = first === null ? probe.head : typeof reading === "object" ? (reading?.head ?? null) : null;
  if (head === null) return { signature: null, probe };
  const names = [...new Set(head.headers.map(([name]) => name))].sort();
  const who = head.headers.filter(([name]) => name === "server" || name === "via").map(([, value]) => value);
  return {
    signature: `${head.status}, ${names.join(" ")}${who.length === 0 ? "" : ` (${who.join(", ")})`}`,
    probe,
  };
}
