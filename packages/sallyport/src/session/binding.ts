import type { Direction, LaneCounts } from "../events.ts";
import type { ConnectionFacts, ConnectionHandle, Guard } from "../guards/guard.ts";
import { GuardTimers } from "./guard-timers.ts";
import { Intake } from "./intake.ts";
import type { Inflaters, LaneGuard, LaneHost } from "./lane-host.ts";
import { laneLimits } from "./lane-limits.ts";
import { Lane } from "./lane.ts";
import { sides, type Side } from "./session-port.ts";
import { spokenDialect, type SpokenDialect } from "./spoken-dialect.ts";

/** What a binding is made of. */
export interface BindingOptions {
  /** The route's guards, in order. */
  readonly guards: readonly Guard[];
  readonly facts: ConnectionFacts;
  readonly host: LaneHost & ConnectionHandle;
  /** What inflates compressed messages, told once: what was negotiated outlives every binding. Absent: nothing was. */
  readonly inflaters?: Inflaters | undefined;
  /** Monotonic milliseconds. */
  readonly now: number;
  /** The binding that it takes the place of; `null` for the first of a connection. */
  readonly before: Binding | null;
}

/** The guards of one policy at work on a connection: their parts in it, and the lanes that ask them. */
export class Binding {
  readonly guards: readonly LaneGuard[];
  readonly lanes: Readonly<Record<Side, Lane>>;
  readonly timers: GuardTimers;
  readonly intake: Intake;
  /** The guard in whose name the parser enforces its limits. */
  readonly limitGuard: Guard | undefined;
  /** The guard that says what becomes of a client which does not read. */
  readonly waitingGuard: Guard | undefined;

  readonly #dialect: SpokenDialect | null;
  readonly #inflaters: Inflaters | undefined;

  constructor({ guards, facts, host, now, inflaters, before }: BindingOptions) {
    this.#inflaters = before === null ? inflaters : before.#inflaters;
    this.guards = guards.flatMap((guard) => {
      const connection = guard.open?.(facts, host);
      return connection === undefined ? [] : [{ guard, connection }];
    });
    this.timers = new GuardTimers(this.guards, now);
    this.limitGuard = guards.find(({ limits }) => limits !== undefined);
    this.waitingGuard = guards.find(({ waiting }) => waiting !== undefined);
    const { inbound, outbound } = laneLimits(this.limitGuard);
    this.#dialect = spokenDialect(guards, facts, before === null ? null : before.#dialect);
    const lane = { guards: this.guards, host, dialect: this.#dialect?.connection ?? null };
    this.lanes = {
      client: new Lane({ direction: "inbound", limits: inbound, inflater: this.#inflaters?.client, ...lane }),
      application: new Lane({
        direction: "outbound",
        limits: outbound,
        inflater: this.#inflaters?.application,
        ...lane,
      }),
    };
    this.intake = new Intake({
      lanes: this.lanes,
      finishWithinMs: { client: inbound.finishWithinMs, application: outbound.finishWithinMs },
      guards: this.guards,
      onFailure: (error) => host.fail(error),
    });
    if (before !== null) this.#follow(before);
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

  /** Goes on counting where an earlier binding of the connection ended. */
  #follow(earlier: Binding): void {
    for (const side of sides) {
      const [lane, before] = [this.lanes[side], earlier.lanes[side]];
      lane.messages = before.messages;
      lane.bytes = before.bytes;
      lane.lastDataAt = before.lastDataAt;
    }
  }
}
