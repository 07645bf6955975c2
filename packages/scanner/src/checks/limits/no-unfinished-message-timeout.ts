import { type Check, found, passed } from "../../check.ts";
import { isHeartbeat } from "../protocol-messages.ts";

/** Half a frame may stay half for ever. */
export const noUnfinishedMessageTimeout: Check = {
  id: "no-unfinished-message-timeout",
  group: "limits",
  title: "Frames that are begun and never finished are waited for",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Limits of messages count what is whole. A client that begins a frame and stops holds what it sent so far, and often the whole buffer that was promised, for as long as it likes.",
  decides:
    "By whether the connection is still open after the time of --idle in the middle of a frame. A ping of the server, by a frame or by a message of its protocol, is a limit as well: whoever is in the middle of a frame cannot answer it.",
  sends: "the header of a frame of 1,000 bytes and ten of them, and nothing for 40 seconds",
  remedy: {
    summary:
      "Ping connections at an interval and end those that do not answer, or give each frame a time to be whole.",
    ws: "setInterval(() => { for (const s of wss.clients) { if (!s.isAlive) s.terminate(); s.isAlive = false; s.ping(); } }, 30_000)",
    sallyport: "heartbeat: { interval: 30s, missed: 2 }",
  },
  references: { cwe: [772, 400], rfc: ["RFC 6455 10.4"] },
  isBackground: true,
  async run(context) {
    const probe = await context.ready();
    probe.frame({ opcode: "text", announced: 1000, payload: "x".repeat(10) });
    const isMinded = (): boolean => probe.isClosed || probe.frames.some(isHeartbeat);
    await probe.waitFor(isMinded, context.settings.idleMs);
    if (!isMinded()) await context.hadItsTurn();
    if (probe.isClosed) return passed("it was ended");
    if (isMinded()) return passed("it was asked by a ping, which it could not answer");
    return found({
      detail: `A frame that was begun was waited for during ${context.settings.idleMs / 1000} s.`,
      evidence: [probe.exchange("half a frame")],
    });
  },
};
