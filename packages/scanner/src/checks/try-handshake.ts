import { type Attempt, attemptOf, describeAttempt } from "../attempt.ts";
import type { CheckContext } from "../check-context.ts";
import type { HandshakeChange, DraftRequest } from "../probe/handshake.ts";
import type { Probe } from "../probe/probe.ts";
import type { Exchange } from "../probe/transcript.ts";

/** What became of a handshake that differs from the control's. */
export interface Trial {
  /** The socket was admitted, stayed open, and answers. A 101 alone is not that. */
  readonly isUsed: boolean;
  readonly words: string;
  readonly probe: Probe;
  readonly exchange: Exchange;
}

/** Makes the control's handshake with a change, and says what the socket was good for. It gets the time to be ended by a server that decides late. */
export function tryHandshake(context: CheckContext, change: HandshakeChange, about: string): Promise<Trial> {
  return tryRequest(context, context.handshake(change), about);
}

/** Sends a request, and says what the socket was good for that it opened, if any. */
export async function tryRequest(
  context: CheckContext,
  request: DraftRequest,
  about: string,
): Promise<Trial> {
  const attempt = await answerTo(context, request);
  const { probe } = attempt;
  if (attempt.kind !== "accepted")
    return { isUsed: false, words: describeAttempt(attempt), probe, exchange: probe.exchange(about) };
  for (const message of context.settings.messages) probe.text(message);
  const reaction = await probe.settle();
  const isUsed =
    reaction.kind === "alive" || (reaction.kind === "silent" && (await isOpenAfterItsTurn(context, probe)));
  const words = isUsed ? "accepted, and the socket is usable" : "accepted, and ended";
  return { isUsed, words, probe, exchange: probe.exchange(about) };
}

/** What came back to a request. One that is not answered in time is left so by the target when that has answered another since. */
async function answerTo(context: CheckContext, request: DraftRequest): Promise<Attempt> {
  const attempt = await context.request(request);
  const { probe } = attempt;
  const isSilent = attempt.kind === "dropped" && probe.ended === null && !probe.isGarbage;
  if (!isSilent || !context.control.isUsable) return attempt;
  await context.hadItsTurn();
  await probe.waitFor(
    () => probe.head !== null || probe.isGarbage || probe.ended !== null,
    context.patienceMs,
  );
  return attemptOf(probe);
}

/** Silence is a refusal when the target had its turn since: else it is a machine that is busy, and what is compared with it would be wrong. */
async function isOpenAfterItsTurn(context: CheckContext, probe: Probe): Promise<boolean> {
  if (!context.control.answersPings) return true;
  await context.hadItsTurn();
  await probe.waitFor(() => probe.isClosed || probe.isAnswered, context.patienceMs);
  return probe.isAnswered && !probe.isClosed;
}
