import { type Check, found, notTested, type Outcome, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import type { Probe } from "../../probe/probe.ts";
import { ordinaryText } from "../frames/breach.ts";

/** Messages that are sent at once: above what any client needs in a second, and below what disturbs a server. */
const MESSAGES = 2000;
/** How servers tell that a message was dropped. */
const SAYS_SO = /rate.?limit|too many|slow down|throttl|\b429\b/i;

/** A client may send as fast as it can. */
export const noMessageRateLimit: Check = {
  id: "no-message-rate-limit",
  group: "limits",
  title: "Messages have no limit in number",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:L",
  about:
    "One client that sends as fast as the network allows takes the time of the process from all others, and whatever each message costs in databases and to other clients.",
  decides:
    "By what is answered behind 2,000 messages that are sent at once: a close, or an answer that is held back while another connection is answered, is a limit. It is reported where the ping behind them was answered, and nothing said that messages were dropped.",
  sends: "2,000 text messages of some 25 bytes (the last of --message, where given) on one connection",
  remedy: {
    summary: "Count messages per connection and user; over the rate stop reading, and then close.",
    ws: "if (!bucket.take()) socket.close(1008)",
    socketIo: "socket.use((packet, next) => (bucket.take() ? next() : socket.disconnect(true)))",
    sallyport: "messageRate: { perConnection: 50/s }",
  },
  references: { cwe: [770, 799], asvs: ["2.4.1"], cheatSheet: true },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    const probe = await context.ready();
    const message = ordinaryText(context);
    probe.text(message);
    if ((await probe.reaction()).kind !== "alive")
      return notTested(
        "the connection does not survive one message: give --message, so that the application understands what is sent",
      );
    probe.note(`${MESSAGES - 1} more of these`);
    const one = frame({ opcode: "text", payload: message });
    probe.send(Buffer.concat(Array.from({ length: MESSAGES - 1 }, () => one)), "all of them at once");
    // What is held back is not answered even when the target had a turn for others.
    if ((await probe.reaction()).kind === "silent") {
      await context.hadItsTurn();
      await probe.waitFor(() => probe.isClosed || probe.isAnswered, 50);
    }
    return judge(probe);
  },
};

function judge(probe: Probe): Outcome {
  const code = probe.closeFrame?.payload.subarray(0, 2).toString("hex");
  if (probe.isClosed)
    return passed(
      `ended${code === undefined ? "" : ` with ${Number.parseInt(code, 16)}`} after at most ${MESSAGES} messages`,
    );
  if (!probe.isAnswered) return passed("it stops reading: what came behind the messages was held back");
  const told = probe.frames.find(({ payload }) => SAYS_SO.test(payload.toString("utf8")));
  if (told !== undefined) return passed(`it says so: ${told.payload.toString("utf8")}`);
  return found({
    detail: `${MESSAGES} messages that were sent at once were all taken, and what came behind them was answered.`,
    evidence: [probe.exchange(`${MESSAGES} messages at once`)],
  });
}
