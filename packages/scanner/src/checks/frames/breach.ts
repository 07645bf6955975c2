import { found, notTested, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import type { FrameShape } from "../../probe/frame.ts";
import type { ReceivedFrame } from "../../probe/frame-reader.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import type { Probe, Reaction } from "../../probe/probe.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** One way of breaking a rule of RFC 6455, and what is sent for it. */
export interface Breach {
  /** In words that stand behind "after". */
  readonly name: string;
  readonly frames: readonly FrameShape[];
}

/** How breaches are tried. */
export interface BreachOptions {
  /**
   * What is sent is part of a message, which an application may end the connection for where it is not what it expects. Then an end says
   * something only where it has the code of a breach, or where a right message is survived. Default: false.
   */
  readonly isMessage?: boolean;
  readonly change?: HandshakeChange;
}

interface BreachTrial {
  readonly name: string;
  readonly reaction: Reaction;
  readonly exchange: Exchange;
}

/** Close codes of a peer that saw the breach: protocol, type, UTF-8, size (RFC 6455 7.4.1). */
const PROTOCOL_CODES = new Set([1002, 1003, 1007, 1009]);

/**
 * What a peer did after what was sent on this connection. Where the ping behind it is not answered in time, another connection has its turn
 * first, so that a slow machine does not look like a refusal; what is work for the server gets `leastMs` besides. Throws `NotTestedError`
 * where silence can mean anything.
 */
export async function reactionOn(
  context: CheckContext,
  probe: Probe,
  leastMs: number = context.patienceMs,
): Promise<Reaction> {
  const reaction = await probe.reaction(Math.max(context.patienceMs, leastMs));
  if (reaction.kind !== "silent") return reaction;
  if (!context.control.answersPings)
    throw new NotTestedError("the target answers no pings, so that it cannot be told what it has taken");
  await context.hadItsTurn();
  await probe.waitFor(() => probe.isClosed || probe.isAnswered, 50);
  if (!probe.isClosed && !probe.isAnswered) return reaction;
  const { frames } = probe;
  return probe.isClosed
    ? { kind: "closed", code: codeOf(probe.closeFrame), frames }
    : { kind: "alive", frames };
}

/**
 * The same where the target answers pings; where it answers none, what it did within the patience. For what is judged by what came back, not
 * by whether the connection survived.
 */
export function answerOn(context: CheckContext, probe: Probe): Promise<Reaction> {
  return context.control.answersPings ? reactionOn(context, probe) : probe.reaction();
}

/** The code of a close frame; null where it has none, or none came. */
export function codeOf(close: ReceivedFrame | null): number | null {
  return close !== null && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : null;
}

/** What a protocol says at any time: a ping of graphql-transport-ws, a noop of Engine.IO. */
const GRAPHQL_PING = '{"type":"ping"}';
const ENGINE_IO_NOOP = "6";
const DEFAULT_TEXT = '{"type":"sallyport-scan"}';

/** A text message that is right at any time: what the protocol has for it, or the last of --message, or any JSON. */
export function ordinaryText({ settings, control }: CheckContext): string {
  if (control.subprotocol === "graphql-transport-ws") return GRAPHQL_PING;
  const isEngineIo = control.greeting.some(({ payload }) => payload.toString("utf8").startsWith('0{"sid"'));
  return isEngineIo ? ENGINE_IO_NOOP : (settings.messages.at(-1) ?? DEFAULT_TEXT);
}

/** Whether a connection survives a right text message: the last that the user gave, or any. Asked once in a scan. */
export function survivesText(context: CheckContext): Promise<boolean> {
  return context.remember("frames.survives-text", async () => {
    const probe = await context.ready();
    probe.text(ordinaryText(context));
    return (await reactionOn(context, probe)).kind === "alive";
  });
}

/** Why what is not survived says nothing. */
export const FRAGILE =
  "the connection does not survive an ordinary message: give --message, so that the application understands what is sent";

/** Tries each breach on a connection of its own; the fault is there where one is followed by the answer to a ping. */
export async function judgeBreaches(
  context: CheckContext,
  breaches: readonly Breach[],
  { isMessage = false, change = {} }: BreachOptions = {},
): Promise<Outcome> {
  const trials = await Promise.all(breaches.map((breach) => tryBreach(context, breach, change)));
  const taken = trials.filter(({ reaction }) => reaction.kind === "alive");
  if (taken.length > 0)
    return found({
      detail: `The connection stayed open after ${taken.map(({ name }) => name).join(", and after ")}; a ping behind it was answered.`,
      evidence: taken.slice(0, 3).map(({ exchange }) => exchange),
    });
  const isPlain = trials.every(
    ({ reaction }) => reaction.kind === "closed" && PROTOCOL_CODES.has(reaction.code ?? 0),
  );
  if (isMessage && !isPlain && !(await survivesText(context))) return notTested(FRAGILE);
  return passed(trials.map(({ name, reaction }) => `${endOf(reaction)} after ${name}`).join("; "));
}

async function tryBreach(
  context: CheckContext,
  { name, frames }: Breach,
  change: HandshakeChange,
): Promise<BreachTrial> {
  const probe = await context.ready(change);
  for (const shape of frames) probe.frame(shape);
  const reaction = await reactionOn(context, probe);
  return { name, reaction, exchange: probe.exchange(name) };
}

function endOf(reaction: Reaction): string {
  return reaction.kind === "closed" ? `closed with ${reaction.code ?? "no code"}` : "nothing was answered";
}
