import { type Check, found, notTested, passed } from "../../check.ts";
import { frameRemedy } from "./frame-remedy.ts";

/** A server does not mask. */
export const masksItsFrames: Check = {
  id: "masks-its-frames",
  group: "frames",
  title: "The server masks its frames",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Only clients mask. Right clients end a connection on which a masked frame comes, so a server that masks works with lenient ones alone, and was not written after the standard.",
  decides: "By the frames that come on a normal connection, the pong that answers a ping included.",
  sends: "the messages of --message, and a ping",
  remedy: frameRemedy("Send frames of a server without a mask."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.1"] },
  async run(context) {
    const probe = await context.ready();
    await probe.ping();
    if (probe.frames.length === 0) return notTested("no frame came");
    if (!probe.frames.some(({ masked }) => masked))
      return passed(`${probe.frames.length} frames came without a mask`);
    return found({
      detail: "Frames of the server came with a mask.",
      evidence: [probe.exchange("a normal connection")],
    });
  },
};
