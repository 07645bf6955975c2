import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { clientRemedy, NO_HARM_CVSS } from "./client-breach.ts";

/** A server that says nothing is given up. */
export const clientWaitsForTheAnswerForever: ClientCheck = {
  id: "client-waits-for-the-answer-forever",
  group: "client",
  title: "The client has no time limit for the handshake",
  severity: "info",
  cvss: NO_HARM_CVSS,
  about:
    "A server that accepts connections and says nothing, such as one that is overloaded, keeps the client waiting: it shows no error, and tries no other server.",
  decides:
    "By whether the connection is still open after the time of --idle, without a byte from the server. A longer limit may be there: libraries have half a minute to some minutes, or none.",
  sends: "nothing for the time of --idle",
  remedy: {
    ...clientRemedy("Give up a handshake that is not answered in some seconds."),
    ws: "new WebSocket(url, { handshakeTimeout: 10_000 })",
  },
  references: { cwe: [1088] },
  async run(context) {
    const { probe } = await context.visit();
    const { idleMs } = context.settings;
    const isEnded = await probe.waitFor(() => probe.ended !== null, idleMs);
    if (isEnded) return passed("it gave up");
    return found({
      detail: `After ${idleMs / 1000} s without an answer the client still waited.`,
      evidence: [probe.exchange("a handshake without an answer")],
      confidence: "tentative",
    });
  },
};
