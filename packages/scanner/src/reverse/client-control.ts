import { NotTestedError } from "../not-tested.ts";
import type { Exchange } from "../probe/transcript.ts";
import type { ClientVisits } from "./client-context.ts";
import { type ClientEnd, describeEnd, type ClientProcess } from "./client-process.ts";
import type { Visit } from "./visit.ts";

/** What a connection of the client is like where the server does nothing wrong: every check is judged against it. */
export interface ClientControl {
  readonly isReached: boolean;
  /** The client stays, and answers pings. */
  readonly isUsable: boolean;
  /** Why not. Empty where it is. */
  readonly problem: string;
  readonly agent: string | null;
  readonly origin: string | null;
  readonly subprotocol: string | null;
  readonly address: string;
  readonly compresses: boolean;
  /** It stays after a text message. */
  readonly survivesText: boolean;
  readonly roundTripMs: number;
  /** How its process ends when its connection is lost; null where it goes on, or where it was not started here. */
  readonly endOnLoss: ClientEnd | null;
  readonly exchange: Exchange;
}

const ROUND_TRIPS = 5;
/** How long a client that is busy gets to answer what every client answers at once. */
const ANSWER_MS = 5000;

/**
 * Answers two handshakes rightly, and sees what the client does: at pings and when the connection is lost, and at a message. Throws
 * `NoConnectionError` where it does not come.
 */
export async function takeClientControl(visits: ClientVisits): Promise<ClientControl> {
  const { settings, start } = visits.source;
  const visit = await visits.next(start === null ? settings.firstWaitMs : settings.waitMs);
  const { probe } = visit;
  const control = await meet(visit, visits.child);
  probe.note("the connection is dropped without a close frame");
  probe.destroy();
  const isGone = visits.child !== null && (await visits.child.waitForEnd(settings.endMs));
  return {
    ...control,
    endOnLoss: isGone && control.isUsable ? (visits.child?.end ?? null) : null,
    survivesText: control.isUsable && (await survivesText(visits)),
    exchange: probe.exchange("a normal connection of the client"),
  };
}

/** The client on a connection on which nothing is wrong. */
async function meet(
  visit: Visit,
  child: ClientProcess | null,
): Promise<Omit<ClientControl, "endOnLoss" | "survivesText" | "exchange">> {
  const { probe } = visit;
  visit.accept();
  const times: number[] = [];
  for (let round = 0; round < ROUND_TRIPS && !probe.isClosed; round += 1) {
    const begun = performance.now();
    if (!(await probe.ping(ANSWER_MS))) break;
    times.push(performance.now() - begun);
  }
  await probe.waitFor(() => probe.isClosed);
  const isUsable = !probe.isClosed && times.length === ROUND_TRIPS;
  return {
    isReached: true,
    isUsable,
    problem: isUsable ? "" : problemOf(visit, child),
    agent: visit.header("user-agent"),
    origin: visit.header("origin"),
    subprotocol: visit.subprotocols[0] ?? null,
    address: visit.address,
    compresses: visit.compresses,
    roundTripMs: times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0,
  };
}

/** Whether the client stays after an ordinary message; not, where it does not come for it. */
async function survivesText(visits: ClientVisits): Promise<boolean> {
  try {
    const visit = await visits.next();
    visit.accept();
    visit.probe.text(visits.source.settings.message);
    const { kind } = await visit.probe.reaction(ANSWER_MS);
    visit.probe.destroy();
    return kind === "alive";
  } catch (error) {
    if (error instanceof NotTestedError) return false;
    throw error;
  }
}

/** The control of a client that did not come. */
export function noClient(problem: string): ClientControl {
  return {
    isReached: false,
    isUsable: false,
    problem,
    agent: null,
    origin: null,
    subprotocol: null,
    address: "",
    compresses: false,
    survivesText: false,
    roundTripMs: 0,
    endOnLoss: null,
    exchange: { about: "a normal connection of the client", lines: [`- ${problem}`] },
  };
}

function problemOf({ probe }: Visit, child: ClientProcess | null): string {
  if (child?.end !== undefined && child.end !== null)
    return `the client's process ended ${describeEnd(child.end)} on a normal connection`;
  if (probe.isClosed) return "the client ended a normal connection by itself";
  return "the client answers no pings, so that it cannot be told what it has taken";
}
