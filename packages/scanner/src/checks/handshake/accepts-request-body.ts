import { type Check, found, passed } from "../../check.ts";
import { serializeRequest, describeRequest } from "../../probe/handshake.ts";
import { frame } from "../../probe/frame.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";

/** What a proxy takes for a request's body, the server takes for frames. */
export const acceptsRequestBody: Check = {
  id: "accepts-request-body",
  group: "handshake",
  title: "The body of a handshake is read as frames",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "A handshake has no body. Where one is announced and the server reads its bytes as frames, a proxy in front that reads them as the body disagrees with it about where the socket begins: what the proxy has looked at is not what the server reads. By itself it does nothing; behind such a proxy it is half of a bypass.",
  decides:
    "By whether a ping that is sent as the body of the handshake, with its `Content-Length`, is answered as a frame.",
  sends: "one handshake with `Content-Length` and a ping frame as its body",
  remedy: {
    summary: "Answer 400 to an upgrade with `Content-Length` above 0 or with `Transfer-Encoding`.",
    ws: 'if (Number(request.headers["content-length"] ?? 0) > 0 || "transfer-encoding" in request.headers) socket.end("HTTP/1.1 400 Bad Request\\r\\n\\r\\n");',
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [444], asvs: ["4.2.1"], rfc: ["RFC 9112 6", "RFC 9110 9.3.1"] },
  async run(context) {
    const body = frame({ opcode: "ping", payload: "in-the-body" });
    const draft = context.handshake({ set: { "Content-Length": String(body.length) } });
    const request = await context.prepare(draft);
    const probe = await context.dial();
    const described = [...describeRequest(request), "(body) ping: in-the-body"];
    probe.send(Buffer.concat([serializeRequest(request), body]), described);
    const attempt = await context.answered(probe);
    if (attempt.kind !== "accepted") return passed("not accepted");
    const isFrame = await probe.waitFor(() =>
      probe.frames.some(({ payload }) => payload.toString("latin1") === "in-the-body"),
    );
    if (!isFrame) return passed("accepted, and its body was not read as frames");
    return found({
      detail: "A ping frame inside of what the request says is its body was answered as a frame.",
      evidence: [probe.exchange("a handshake with a body")],
    });
  },
};
