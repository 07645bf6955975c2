import type { ConnectionGuard } from "../guards/guard.ts";
import { excuse, halfDoneSince, overdue } from "./half-done.ts";
import type { LaneGuard, LaneHost, SessionLane } from "./lane-host.ts";
import { sides, type Side } from "./session-port.ts";

/** What an intake is made of. */
export interface IntakeOptions {
  readonly lanes: Readonly<Record<Side, SessionLane>>;
  /** How long a frame or message may stay half done, milliseconds. */
  readonly finishWithinMs: Readonly<Record<Side, number>>;
  /** Who is told that the client is heard again. */
  readonly guards: readonly LaneGuard[];
  /** Who is told that a guard threw. */
  readonly host: Pick<LaneHost, "fail">;
}

/**
 * Knows when each side was not read, by our own doing: such time counts neither against what the side has half done, nor as
 * its silence.
 */
export class Intake {
  /** Whether it is still to be seen if the client sent anything while it was not read. */
  listens = false;

  readonly #lanes: IntakeOptions["lanes"];
  readonly #host: IntakeOptions["host"];
  #finishWithinMs: IntakeOptions["finishWithinMs"];
  #told: readonly ConnectionGuard[];
  /** Since when a side is not read; `null` while it is. */
  readonly #pausedSince: Record<Side, number | null> = { client: null, application: null };

  constructor(options: IntakeOptions) {
    this.#lanes = options.lanes;
    this.#host = options.host;
    this.#finishWithinMs = options.finishWithinMs;
    this.#told = whoHears(options.guards);
  }

  /** Puts other limits and guards in force. What was not read goes on being known. */
  change(finishWithinMs: IntakeOptions["finishWithinMs"], guards: readonly LaneGuard[]): void {
    this.#finishWithinMs = finishWithinMs;
    this.#told = whoHears(guards);
  }

  /** A side's bytes came, and nothing was done about them yet. */
  receive(side: Side, now: number): void {
    if (side !== "client") return;
    if (this.listens || this.#lanes.client.holdUntil > 0) this.#hear(now, false);
  }

  /** The hold of a side is over, or there is none. Called at each tick, before the lane goes on. */
  resume(side: Side, now: number): void {
    // Sockets are read between two ticks: what waited there has come.
    if (side === "client" && this.listens) this.#hear(now, false);
    if (this.#lanes[side].holdUntil > 0) this.#readOn(side, now);
  }

  /** Whether a side is read from now on. */
  settle(side: Side, read: boolean, now: number): void {
    if (read) this.#readOn(side, now);
    else this.#pausedSince[side] ??= now;
  }

  /** When a tick must come for what is held, or was not heard yet; `Infinity` for never. */
  resumeAt(now: number): number {
    let at = this.listens ? now : Number.POSITIVE_INFINITY;
    for (const side of sides) {
      const { holdUntil } = this.#lanes[side];
      if (holdUntil > 0) at = Math.min(at, holdUntil);
    }
    return at;
  }

  /** When something has been half done for too long; `Infinity` for never. */
  overdueAt(): number {
    const lanes = this.#lanes;
    let at = Number.POSITIVE_INFINITY;
    for (const side of sides) {
      if (this.#pausedSince[side] === null)
        at = Math.min(at, halfDoneSince(lanes[side]) + this.#finishWithinMs[side]);
    }
    return at;
  }

  /** What a side has not done in its time, for the operator; `null` when there is nothing. Its time begins again. */
  overdue(side: Side, now: number): string | null {
    if (this.#pausedSince[side] !== null) return null;
    return overdue(this.#lanes[side], this.#finishWithinMs[side], now);
  }

  #readOn(side: Side, now: number): void {
    const since = this.#pausedSince[side];
    if (since === null) return;
    this.#pausedSince[side] = null;
    excuse(this.#lanes[side], since, now);
    if (side === "client") this.#hear(now, true);
  }

  #hear(now: number, listens: boolean): void {
    this.listens = listens && this.#told.length > 0;
    try {
      for (const connection of this.#told) connection.heard?.(now);
    } catch (error) {
      this.#host.fail(error);
    }
  }
}

function whoHears(guards: readonly LaneGuard[]): readonly ConnectionGuard[] {
  // `map` makes a list without room to spare.
  return guards
    .filter(({ connection }) => connection.heard !== undefined)
    .map(({ connection }) => connection);
}
