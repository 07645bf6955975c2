import type { Direction, LaneCounts } from "../events.ts";
import { noPart, type ConnectionFacts, type ConnectionHandle, type Guard } from "../guards/guard.ts";
import { GuardTimers } from "./guard-timers.ts";
import { Intake } from "./intake.ts";
import type { Inflaters, LaneGuard, LaneHost, SessionLane } from "./lane-host.ts";
import { laneLimits } from "./lane-limits.ts";
import { Lane } from "./lane.ts";
import { MessageLane } from "./message-lane.ts";
import type { MessageRecord } from "./message-record.ts";
import type { NameSink } from "./name-sink.ts";
import { sides, type Side } from "./session-port.ts";
import { spokenDialect, type SpokenDialect } from "./spoken-dialect.ts";

/** The guards of one policy, and what they are told of a connection. */
export interface BindingGuards {
  /** The route's guards, in order. */
  readonly guards: readonly Guard[];
  readonly facts: ConnectionFacts;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** What a binding is made of. */
export interface BindingOptions extends BindingGuards {
  readonly host: LaneHost & ConnectionHandle;
  /** What inflates compressed messages, told once: what was negotiated outlives every binding. Absent: nothing was. */
  readonly inflaters?: Inflaters | undefined;
  /** What is recorded of the messages of each side, told once, too; `null`: nothing. */
  readonly records: Readonly<Record<Side, MessageRecord>> | null;
  /** Who is told how messages are called; absent: nobody. */
  readonly names?: NameSink | null | undefined;
  /** Whether the application takes and sends messages in place of frames. */
  readonly delivers: boolean;
}

/** The guards of one policy at work on a connection: their parts in it, and the lanes that ask them. */
export class Binding {
  readonly lanes: Readonly<Record<Side, SessionLane>>;
  /** The lane of an application that sends messages; `null`: it sends frames. */
  readonly outgoing: MessageLane | null;
  readonly intake: Intake;
  guards: readonly LaneGuard[];
  timers: GuardTimers;
  /** The guard in whose name the parser enforces its limits. */
  limitGuard: Guard | undefined;
  /** The guard that says what becomes of a client which does not read. */
  waitingGuard: Guard | undefined;

  readonly #host: LaneHost & ConnectionHandle;

  #dialect: SpokenDialect | null;

  constructor({ guards, facts, host, now, inflaters, records, names = null, delivers }: BindingOptions) {
    this.#host = host;
    this.guards = openAll(guards, facts, { host, kept: [] });
    this.timers = new GuardTimers(this.guards, now, null);
    this.limitGuard = guards.find(limits);
    this.waitingGuard = guards.find(waits);
    const { inbound, outbound } = laneLimits(this.limitGuard);
    this.#dialect = spokenDialect(guards, facts, null);
    const lane = { guards: this.guards, host, dialect: this.#dialect?.connection ?? null, names };
    const client = new Lane({
      direction: "inbound",
      limits: inbound,
      inflater: inflaters?.client,
      record: records?.client ?? null,
      delivers,
      ...lane,
    });
    const sent = {
      direction: "outbound" as const,
      limits: outbound,
      inflater: inflaters?.application,
      record: records?.application ?? null,
      ...lane,
    };
    this.outgoing = delivers ? new MessageLane(sent) : null;
    this.lanes = { client, application: this.outgoing ?? new Lane(sent) };
    this.intake = new Intake({
      lanes: this.lanes,
      finishWithinMs: { client: inbound.finishWithinMs, application: outbound.finishWithinMs },
      guards: this.guards,
      host,
    });
  }

  /**
   * Puts the guards of another policy in place of these. Only while it is `calm`: the lanes stay, and go on counting; so does the part
   * of a guard that both policies have. Where one cannot be opened, no other is asked any more.
   *
   * @param end has the parts of the others end
   * @throws what the guard threw
   */
  change({ guards, facts, now }: BindingGuards, end: (parts: readonly LaneGuard[]) => void): void {
    const isKept = ({ guard }: LaneGuard): boolean => guards.includes(guard);
    const kept = this.guards.filter(isKept);
    end(this.guards.filter((part) => !isKept(part)));
    this.guards = kept;
    const opened = openAll(guards, facts, { host: this.#host, kept });
    this.guards = opened;
    this.timers = new GuardTimers(opened, now, this.timers);
    this.limitGuard = guards.find(limits);
    this.waitingGuard = guards.find(waits);
    const { inbound, outbound } = laneLimits(this.limitGuard);
    const { client, application } = this.lanes;
    const begun = client.messages + application.messages > 0;
    this.#dialect = spokenDialect(guards, facts, { spoken: this.#dialect, begun });
    const lane = { guards: opened, dialect: this.#dialect?.connection ?? null };
    client.change({ limits: inbound, ...lane });
    application.change({ limits: outbound, ...lane });
    this.intake.change({ client: inbound.finishWithinMs, application: outbound.finishWithinMs }, opened);
  }

  /** Holds the client to this rate; `null`: to its own again. Whether a guard does so. */
  slow(perSecond: number | null, now: number): boolean {
    const able = this.guards.filter(
      ({ guard, connection }) => guard.mode === "enforce" && connection.slowed !== undefined,
    );
    for (const { connection } of able) connection.slowed?.(perSecond, now);
    return able.length > 0;
  }

  /** Whether neither lane is in the middle of anything, so that others can take their place. */
  get calm(): boolean {
    return sides.every((side) => this.lanes[side].between);
  }

  /** Whether one of the lanes stands still for want of room to record what comes. */
  get paused(): boolean {
    return sides.some((side) => this.lanes[side].holdUntil === Number.POSITIVE_INFINITY);
  }

  /** What both lanes have carried so far. */
  counts(): Readonly<Record<Direction, LaneCounts>> {
    const { client, application } = this.lanes;
    return {
      inbound: { messages: client.messages, bytes: client.bytes },
      outbound: { messages: application.messages, bytes: application.bytes },
    };
  }
}

interface Opening {
  readonly host: ConnectionHandle;
  /** Parts that are there already. */
  readonly kept: readonly LaneGuard[];
}

function openAll(
  guards: readonly Guard[],
  facts: ConnectionFacts,
  { host, kept }: Opening,
): readonly LaneGuard[] {
  const opened: LaneGuard[] = [];
  for (const guard of guards) {
    const part = kept.find((entry) => entry.guard === guard);
    const connection = part === undefined ? guard.open?.(facts, host) : undefined;
    if (part !== undefined) opened.push(part);
    else if (connection !== undefined && connection !== noPart) opened.push({ guard, connection });
  }
  // A copy has no room to spare: this list lives as long as the connection.
  return opened.slice();
}

const limits = (guard: Guard): boolean => guard.limits !== undefined;
const waits = (guard: Guard): boolean => guard.waiting !== undefined;
