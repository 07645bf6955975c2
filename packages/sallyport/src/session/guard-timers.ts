import type { ConnectionView } from "../guards/connection-view.ts";
import type { Guard, TimerVerdict } from "../guards/guard.ts";
import type { LaneGuard } from "./lane-host.ts";

/** When each guard that has a `tick` wants to be asked next. Monotonic milliseconds. */
export class GuardTimers {
  readonly #guards: readonly LaneGuard[];
  /** Of each, in the same order. A list of numbers alone: every open connection has one. */
  readonly #due: number[];

  /** All are due at once, but for those that were asked before this. @param before `null`: none was */
  constructor(guards: readonly LaneGuard[], now: number, before: GuardTimers | null) {
    // A copy has no room to spare, and `map` makes none.
    this.#guards = guards.filter(({ connection }) => connection.tick !== undefined).slice();
    this.#due = this.#guards.map((guard) => (before === null ? undefined : before.#dueOf(guard)) ?? now);
  }

  /** When the next one is due; `Infinity` for never. */
  get due(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const due of this.#due) first = Math.min(first, due);
    return first;
  }

  /** Makes those due that `which` names. */
  wake(now: number, which: (guard: Guard) => boolean = () => true): void {
    for (const [index, { guard }] of this.#guards.entries()) if (which(guard)) this.#due[index] = now;
  }

  /** Asks those that are due. @param obey answers whether the connection goes on, and the next may be asked */
  run(now: number, view: () => ConnectionView, obey: (guard: Guard, verdict: TimerVerdict) => boolean): void {
    let seen: ConnectionView | null = null;
    for (const [index, { guard, connection }] of this.#guards.entries()) {
      if ((this.#due[index] ?? 0) > now) continue;
      seen ??= view();
      const verdict = connection.tick?.(now, seen);
      if (verdict === undefined) continue;
      this.#due[index] =
        verdict.verdict === "close" ? Number.POSITIVE_INFINITY : Math.max(verdict.untilMs, now + 1);
      if (!obey(guard, verdict)) return;
    }
  }

  #dueOf(guard: LaneGuard): number | undefined {
    const index = this.#guards.indexOf(guard);
    return index < 0 ? undefined : this.#due[index];
  }
}
