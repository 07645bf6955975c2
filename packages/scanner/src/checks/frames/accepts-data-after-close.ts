import { type Check, found, notTested, passed } from "../../check.ts";
import { frame, opcodes } from "../../probe/frame.ts";
import { frameRemedy } from "./frame-remedy.ts";

const PAYLOAD = "behind-the-close";

/** Nothing follows a close. */
export const acceptsDataAfterClose: Check = {
  id: "accepts-data-after-close",
  group: "frames",
  title: "Frames behind a close are still taken",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N",
  about:
    "After a close frame a peer sends nothing more. A server that goes on takes messages from a connection that its own records, limits and filters count as over.",
  decides: "By whether a ping that is sent behind a close frame, in the same write, is answered.",
  sends: "one close frame with 1000, and a ping behind it",
  remedy: frameRemedy("Discard whatever comes behind a close frame."),
  references: { cwe: [672], rfc: ["RFC 6455 5.5.1", "RFC 6455 1.4"] },
  async run(context) {
    const probe = await context.ready();
    const close = frame({ opcode: "close", payload: Buffer.from([0x03, 0xe8]) });
    probe.send(
      Buffer.concat([close, frame({ opcode: "ping", payload: PAYLOAD })]),
      `close 1000, and a ping behind it: ${PAYLOAD}`,
    );
    const isTaken = (): boolean =>
      probe.frames.some(
        ({ opcode, payload }) => opcode === opcodes.pong && payload.toString("latin1") === PAYLOAD,
      );
    await probe.waitFor(() => isTaken() || probe.ended !== null);
    if (!isTaken() && probe.ended === null) await context.hadItsTurn();
    if (!isTaken() && probe.ended === null && !context.control.answersPings)
      return notTested("the target answers no pings, so that it cannot be told what it has taken");
    if (!isTaken()) return passed("nothing behind the close was answered");
    return found({
      detail: "A ping behind a close frame was answered.",
      evidence: [probe.exchange("a close, and a ping behind it")],
    });
  },
};
