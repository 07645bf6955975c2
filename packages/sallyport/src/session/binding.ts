import type { Direction, LaneCounts } from "../events.ts";
import { noPart, type ConnectionFacts, type ConnectionHandle, type Guard } from "../guards/guard.ts";
import { GuardTimers } from "./guard-timers.ts";
import { Intake } from "./intake.ts";
import type { Inflaters, LaneGuard, LaneHost } from "./lane-host.ts";
import { laneLimits } from "./lane-limits.ts";
import { Lane } from "./lane.ts";
import type { MessageRecord } from "./message-record.ts";
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
}

/** The guards of one policy at work on a connection: their parts in it, and the lanes that ask them. */
export class Binding {
  readonly lanes: Readonly<Record<Side, Lane>>;
  readonly intake: Intake;
  guards: readonly LaneGuard[];
  timers: GuardTimers;
  /** The guard in whose name the parser enforces its limits. */
  limitGuard: Guard | undefined;
  /** The guard that says what becomes of a client which does not read. */
  waitingGuard: Guard | undefined;

  readonly #host: LaneHost & ConnectionHandle;

  #dialect: SpokenDialect | null;

  constructor({ guards, facts, host, now, inflaters, records }: BindingOptions) {
    this.#host = host;
    this.guards = openAll(guards, facts, host);
    this.timers = new GuardTimers(this.guards, now);
    this.limitGuard = guards.find(limits);
    this.waitingGuard = guards.find(waits);
    const { inbound, outbound } = laneLimits(this.limitGuard);
    this.#dialect = spokenDialect(guards, facts, null);
    const lane = { guards: this.guards, host, dialect: this.#dialect?.connection ?? null };
    this.lanes = {
      client: new Lane({
        direction: "inbound",
        limits: inbound,
        inflater: inflaters?.client,
        record: records?.client ?? null,
        ...lane,
      }),
      application: new Lane({
        direction: "outbound",
        limits: outbound,
        inflater: inflaters?.application,
        record: records?.application ?? null,
        ...lane,
      }),
    };
    this.intake = new Intake({
      lanes: this.lanes,
      finishWithinMs: { client: inbound.finishWithinMs, application: outbound.finishWithinMs },
      guards: this.guards,
      onFailure: (error) => host.fail(error),
    });
  }

  /**
   * Puts the guards of another policy in place of these, whose parts have ended. Only while it is `calm`: the lanes stay, and go
   * on counting. Where one cannot be opened, none is asked any more.
   *
   * @throws what the guard threw
   */
  change({ guards, facts, now }: BindingGuards): void {
    this.guards = [];
    const opened = openAll(guards, facts, this.#host);
    this.guards = opened;
    this.timers = new GuardTimers(opened, now);
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

  /** Whether neither lane is in the middle of anything, so that others can take their place. */
  get calm(): boolean {
    return sides.every((side) => this.lanes[side].calm);
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

function openAll(
  guards: readonly Guard[],
  facts: ConnectionFacts,
  handle: ConnectionHandle,
): readonly LaneGuard[] {
  const opened: LaneGuard[] = [];
  for (const guard of guards) {
    const connection = guard.open?.(facts, handle);
    if (connection !== undefined && connection !== noPart) opened.push({ guard, connection });
  }
  // A copy has no room to spare: this list lives as long as the connection.
  return opened.slice();
}

const limits = (guard: Guard): boolean => guard.limits !== undefined;
const waits = (guard: Guard): boolean => guard.waiting !== undefined;
