import { type Check, found, notApplicable, notTested, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { opcodes } from "../../probe/frame.ts";
import type { Probe } from "../../probe/probe.ts";
import { isHeartbeat } from "../protocol-messages.ts";
import { obstacle, tokensOf } from "./credentials.ts";
import { readToken } from "./json-web-token.ts";

/** How long after its token a socket may live: clocks differ, and a client is given a moment to send a new one. */
const GRACE_MS = 30_000;
/** What is left to do behind the wait. */
const SPARE_MS = 2000;
/** How often the connection is looked after while it is waited for. */
const STEP_MS = 1000;

/** Who was let in stays in. */
export const outlivesToken: Check = {
  id: "outlives-token",
  group: "authentication",
  title: "Sockets stay open after the token that opened them is over",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:N/A:N",
  about:
    "A token has its end so that a stolen one is worth little. A socket that was opened with it, and on which nobody looks at that end again, makes it last for as long as the connection does.",
  decides:
    "By whether a socket that was opened with the user's token is still open, and answers a ping, half a minute (or the time of --idle, where that is shorter) after the token's `exp`. Until then it is kept alive. Only where the token ends within the time of the scan: give one that lives for some seconds, with --only, or raise --time-limit.",
  sends:
    "one handshake with the user's token, and a ping every second until the token is over and half a minute longer",
  remedy: {
    summary:
      "Keep the token's end with the socket, and close it (4401) some seconds after that unless a new token came.",
    ws: "setTimeout(() => socket.close(4401), claims.exp * 1000 - Date.now())",
    socketIo: "setTimeout(() => socket.disconnect(true), claims.exp * 1000 - Date.now())",
    sallyport: "expiry: { grace: 25s }",
  },
  references: { cwe: [613], asvs: ["7.3.2", "9.2.1"], rfc: ["RFC 7519 4.1.4"], cheatSheet: true },
  isBackground: true,
  isLast: true,
  async run(context) {
    const own = tokensOf(context)[0];
    const end = own === undefined ? undefined : readToken(own.value)?.claims["exp"];
    if (typeof end !== "number") return notTested("no JSON Web Token with an end was given: give --token");
    const endsInMs = end * 1000 - Date.now();
    if (endsInMs <= 0) return notTested("the token is over already: see accepts-expired-token");
    const graceMs = Math.min(GRACE_MS, context.settings.idleMs);
    if (endsInMs + graceMs + SPARE_MS > context.leftMs)
      return notTested(
        `the token ends in ${Math.ceil(endsInMs / 1000)} s, too late to be waited for: give one that ends sooner, or raise --time-limit`,
      );
    const probe = await context.ready();
    const problem = await obstacle(context);
    if (problem !== null) return notApplicable(problem);
    const endsAt = performance.now() + end * 1000 - Date.now();
    const closedAt = await stayUntil(probe, endsAt + graceMs);
    return judge(context, probe, closedAt === null ? null : closedAt - endsAt);
  },
};

async function judge(context: CheckContext, probe: Probe, closedAfterMs: number | null): Promise<Outcome> {
  if (closedAfterMs !== null)
    return closedAfterMs < -STEP_MS
      ? notTested("the connection was ended before the token was")
      : passed("the socket was closed when the token was over");
  if (!(await probe.ping(Math.max(context.patienceMs, 5000))) && !probe.isClosed)
    return notTested("the connection is open, and answers no ping");
  if (probe.isClosed) return passed("the socket was closed when the token was over");
  return found({
    detail: "The token that opened the socket is over, and the socket is open and answers a ping.",
    evidence: [probe.exchange("a socket, and the end of its token")],
  });
}

/** Keeps a connection alive until a time, and answers when it was closed; null where it was not. Whoever asks for a sign of life gets one. */
async function stayUntil(probe: Probe, until: number): Promise<number | null> {
  let answered = 0;
  while (performance.now() < until) {
    if (await probe.waitFor(() => probe.isClosed, Math.min(STEP_MS, until - performance.now())))
      return performance.now();
    for (const received of probe.frames.slice(answered).filter(isHeartbeat))
      if (received.opcode === opcodes.ping) probe.frame({ opcode: "pong", payload: received.payload });
      else if (received.payload.toString("latin1") === "2") probe.text("3");
    answered = probe.frames.length;
    probe.frame({ opcode: "ping", payload: "still there" });
  }
  return null;
}
