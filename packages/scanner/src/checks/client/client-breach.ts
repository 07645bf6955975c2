import { found, notTested, type Outcome, passed, type Remedy } from "../../check.ts";
import type { FrameShape } from "../../probe/frame.ts";
import type { Reaction } from "../../probe/probe.ts";
import type { Exchange } from "../../probe/transcript.ts";
import type { ClientContext } from "../../reverse/client-context.ts";
import type { AnswerChange } from "../../reverse/visit.ts";

/** What accepting a breach is worth in CVSS 3.1: something that should have ended the connection is read on. */
export const BREACH_CVSS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N";
/** What a fault is worth that harms nobody by itself. */
export const NO_HARM_CVSS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:N/A:N";

/** Something that a server may not do, and what it does for it. */
export interface ClientBreach {
  /** In words that stand behind "after". */
  readonly name: string;
  readonly answer?: AnswerChange;
  readonly frames?: readonly FrameShape[];
}

/** How breaches are tried. */
export interface ClientBreachOptions {
  /** What is sent is part of a message, which this client may end the connection for whatever it says. Default: false. */
  readonly isMessage?: boolean;
}

interface Trial {
  readonly name: string;
  readonly reaction: Reaction;
  readonly exchange: Exchange;
}

/** Why what is not survived says nothing. */
const FRAGILE =
  "the client does not survive an ordinary text message: give --message with one that it understands";
/** Close codes of a peer that saw the breach (RFC 6455 7.4.1). */
const PROTOCOL_CODES = new Set([1002, 1003, 1007, 1009, 1010]);

/** How a client comes to follow RFC 6455: what it does in place of going on, in one sentence. */
export function clientRemedy(summary: string): Remedy {
  return {
    summary: `${summary} Libraries that follow RFC 6455 do so by themselves: bring yours up to date, or replace what was written by hand.`,
    ws: "npm install ws@latest",
  };
}

/** Tries each breach on a connection of its own; the fault is there where one is followed by the answer to a ping. */
export async function judgeClientBreaches(
  context: ClientContext,
  breaches: readonly ClientBreach[],
  { isMessage = false }: ClientBreachOptions = {},
): Promise<Outcome> {
  const trials: Trial[] = [];
  for (const breach of breaches) trials.push(await tryBreach(context, breach));
  const taken = trials.filter(({ reaction }) => reaction.kind === "alive");
  if (taken.length > 0)
    return found({
      detail: `The client went on after ${taken.map(({ name }) => name).join(", and after ")}; a ping behind it was answered.`,
      evidence: taken.slice(0, 3).map(({ exchange }) => exchange),
    });
  const isPlain = trials.every(
    ({ reaction }) => reaction.kind === "closed" && PROTOCOL_CODES.has(reaction.code ?? 0),
  );
  if (isMessage && !isPlain && !context.control.survivesText) return notTested(FRAGILE);
  return passed(trials.map(({ name, reaction }) => `${endOf(reaction)} after ${name}`).join("; "));
}

/** A reaction that is no going on, in words. */
export function endOf(reaction: Reaction): string {
  return reaction.kind === "closed" ? `closed with ${reaction.code ?? "no code"}` : "nothing was answered";
}

async function tryBreach(
  context: ClientContext,
  { name, answer, frames = [] }: ClientBreach,
): Promise<Trial> {
  const visit = await context.accepted(answer);
  for (const shape of frames) visit.probe.frame(shape);
  const reaction = await context.reaction(visit);
  return { name, reaction, exchange: visit.probe.exchange(name) };
}
