import { type Check, found, notTested, passed } from "../../check.ts";
import { FRAMES_ALWAYS } from "../policy-lines.ts";

/** A server must end a connection on which a frame comes without a mask. */
export const acceptsUnmaskedFrame: Check = {
  id: "accepts-unmasked-frame",
  group: "frames",
  title: "Frames without a mask are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:N/I:L/A:N",
  about:
    "Clients mask what they send so that a page cannot choose the bytes that a proxy on the way sees, and so cannot make it take a frame for a request. A server that takes frames without a mask lets clients live that leave it out.",
  decides:
    "By whether a ping that is sent behind the frame is answered, in place of the close that the standard asks for.",
  sends: "one text frame of two bytes without a mask, and a ping",
  remedy: {
    summary:
      "Close with 1002 on the first frame without a mask; libraries that follow RFC 6455 do so by themselves.",
    sallyport: FRAMES_ALWAYS,
  },
  references: { cwe: [1286], rfc: ["RFC 6455 5.1", "RFC 6455 10.3"] },
  async run(context) {
    const probe = await context.accepted();
    probe.frame({ opcode: "text", payload: "{}", mask: null });
    const reaction = await probe.reaction();
    if (reaction.kind === "closed") return passed(`closed with ${reaction.code ?? "no code"}`);
    if (reaction.kind === "silent")
      return context.control.answersPings
        ? passed("nothing behind the frame was answered")
        : notTested("the target answers no pings, so that it cannot be told what it has taken");
    return found({
      detail: "After a frame without a mask the connection stayed open, and a ping behind it was answered.",
      evidence: [probe.exchange("a frame without a mask")],
    });
  },
};
