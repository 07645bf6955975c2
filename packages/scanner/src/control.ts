import { type Attempt, describeAttempt, isOfProxy } from "./attempt.ts";
import type { Connector } from "./connector.ts";
import { findSubprotocol } from "./find-subprotocol.ts";
import { NoTicketError } from "./not-tested.ts";
import { headerOf, type ResponseHead } from "./probe/response-head.ts";
import type { ReceivedFrame } from "./probe/frame-reader.ts";
import type { Probe } from "./probe/probe.ts";
import type { Exchange } from "./probe/transcript.ts";
import { isOfTicket } from "./ticket.ts";

/** What a normal connection to the target looks like: every check is judged against it. */
export interface Control {
  /** A connection could be made at all. */
  readonly isReached: boolean;
  /** HTTP came back on one. */
  readonly isAnswered: boolean;
  /** A normal connection is admitted and stays open. */
  readonly isUsable: boolean;
  /** Why it is not. Empty where it is. */
  readonly problem: string;
  /** No handshake was made, since the ticket for it was not given. Absent where it was, or none is needed. */
  readonly hasNoTicket?: true;
  readonly origin: string | null;
  readonly head: ResponseHead | null;
  readonly subprotocol: string | null;
  /** The subprotocol that the user did not give, and without which nobody is admitted. Absent where there is none. */
  readonly foundSubprotocol?: string;
  /** Frames that came before anything was said. */
  readonly greeting: readonly ReceivedFrame[];
  /** Frames that came after the user's messages. */
  readonly answers: readonly ReceivedFrame[];
  /** A ping is answered, as RFC 6455 5.5.2 asks: what a check sends before one is known to be read. */
  readonly answersPings: boolean;
  readonly roundTripMs: number;
  readonly exchange: Exchange;
}

/** Round trips that are measured; the median counts. */
const ROUND_TRIPS = 5;
/** A target gets this many of its own round trips to answer, at most `LONGEST_PATIENCE_MS`. */
const PATIENCE_ROUND_TRIPS = 20;
const LONGEST_PATIENCE_MS = 5000;
/** Who has not answered a ping by then answers none: a machine that is busy takes longer than a patience. */
const LONGEST_PING_MS = 3000;

/**
 * Makes a normal connection, as a page of the application's own origin would; where that is refused, as a program would that sends no
 * Origin; and where it is refused or ended at once all the same, with a subprotocol that servers are known to ask for. Sets the connector's
 * origin, subprotocol and patience to what was learned.
 */
export async function takeControl(connector: Connector): Promise<Control> {
  const { settings, target } = connector;
  const first = await tryOrigin(connector, settings.origin ?? target.ownOrigin);
  if (first.isUsable) return first;
  if (settings.origin === null) {
    const second = await tryOrigin(connector, null);
    if (second.isUsable) return wasDown(first) ? await anew(connector, first, second) : second;
    connector.origin = first.origin;
  }
  if (first.hasNoTicket === true) return first;
  const subprotocol = await findSubprotocol(connector, first);
  if (subprotocol === null) return first;
  connector.settings = { ...settings, subprotocols: [subprotocol] };
  const found = await tryOrigin(connector, first.origin);
  if (!found.isUsable) connector.settings = settings;
  return found.isUsable ? { ...found, foundSubprotocol: subprotocol } : first;
}

/** Whether nobody answered, so that it was not the Origin that was refused. */
function wasDown({ isAnswered, head }: Control): boolean {
  return !isAnswered || (head !== null && isOfProxy(head.status));
}

/** The first once more, for a target that came up while it was asked; the second where that is refused again. */
async function anew(connector: Connector, first: Control, second: Control): Promise<Control> {
  const again = await tryOrigin(connector, first.origin);
  if (again.isUsable) return again;
  connector.origin = second.origin;
  return second;
}

async function tryOrigin(connector: Connector, origin: string | null): Promise<Control> {
  connector.origin = origin;
  try {
    return await observe(connector, await connector.open());
  } catch (error) {
    if (error instanceof NoTicketError) return withoutTicket(error, origin);
    throw error;
  }
}

/** What is known of a target that gives no ticket: nothing of its socket. */
function withoutTicket({ message, exchange }: NoTicketError, origin: string | null): Control {
  return {
    isReached: true,
    isAnswered: true,
    isUsable: false,
    hasNoTicket: true,
    problem: message,
    origin,
    head: null,
    subprotocol: null,
    greeting: [],
    answers: [],
    answersPings: false,
    roundTripMs: 0,
    exchange,
  };
}

async function observe(connector: Connector, attempt: Attempt): Promise<Control> {
  const { probe } = attempt;
  try {
    const problem = attempt.kind === "accepted" ? await greet(probe) : describeAttempt(attempt);
    const greeting = [...probe.frames];
    const { patienceMs, settings } = connector;
    const withinMs = Math.max(patienceMs, Math.min(settings.handshakeMs, LONGEST_PING_MS));
    const roundTrips = problem === "" ? await measure(probe, withinMs) : [];
    const answersPings = roundTrips.length === ROUND_TRIPS;
    const roundTripMs = roundTrips[Math.floor(roundTrips.length / 2)] ?? connector.patienceMs;
    if (answersPings) connector.patienceMs = patienceFor(roundTripMs, connector.settings.patienceMs);
    const answers = problem === "" ? await answersTo(probe, connector.settings.messages, answersPings) : [];
    return {
      ...describe(attempt, connector),
      problem,
      isUsable: problem === "",
      greeting,
      answers,
      answersPings,
      roundTripMs,
    };
  } finally {
    probe.destroy();
  }
}

function describe(
  { probe }: Attempt,
  { origin, settings }: Connector,
): Pick<Control, "isReached" | "isAnswered" | "origin" | "head" | "subprotocol" | "exchange"> {
  const chosen = probe.head === null ? null : headerOf(probe.head, "sec-websocket-protocol");
  return {
    isReached: true,
    isAnswered: probe.head !== null,
    origin,
    head: probe.head,
    subprotocol: chosen === null || isOfTicket(chosen, settings.ticket) ? null : chosen,
    exchange: probe.exchange("a normal connection"),
  };
}

/** Lets the peer greet, and end what it admits by mistake. */
async function greet(probe: Probe): Promise<string> {
  await probe.waitFor(() => probe.isClosed);
  if (!probe.isClosed) return "";
  const close = probe.closeFrame;
  return close !== null && close.payload.length >= 2
    ? `accepted, and closed at once with ${close.payload.readUInt16BE(0)}`
    : "accepted, and ended at once";
}

async function measure(probe: Probe, withinMs: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUND_TRIPS; round += 1) {
    const begun = performance.now();
    if (!(await probe.ping(withinMs))) break;
    times.push(performance.now() - begun);
  }
  return times.sort((one, other) => one - other);
}

function patienceFor(roundTripMs: number, leastMs: number): number {
  return Math.max(leastMs, Math.min(LONGEST_PATIENCE_MS, PATIENCE_ROUND_TRIPS * roundTripMs));
}

/** Says what a client says first, and collects what comes, also from an application that looks something up before it answers. */
async function answersTo(
  probe: Probe,
  messages: readonly string[],
  answersPings: boolean,
): Promise<readonly ReceivedFrame[]> {
  const frames = await sayMessages(probe, messages, answersPings);
  return messages.length === 0 ? frames : [...frames, ...(await probe.settle()).frames];
}

/**
 * Says what a client says first, and collects what comes until the ping behind each message is answered. One after the other: a protocol
 * whose session begins with the first, such as Socket.IO, closes on what comes before it has begun. Who answers pings is waited for until
 * they do, on a machine that is busy for longer than a patience.
 */
export async function sayMessages(
  probe: Probe,
  messages: readonly string[],
  answersPings: boolean,
): Promise<readonly ReceivedFrame[]> {
  const { patienceMs } = probe.limits;
  const withinMs = answersPings ? Math.max(patienceMs, LONGEST_PATIENCE_MS) : patienceMs;
  const frames: ReceivedFrame[] = [];
  for (const message of messages) {
    probe.text(message);
    frames.push(...(await probe.reaction(withinMs)).frames);
  }
  return frames;
}
