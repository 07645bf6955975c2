import type { ConnectionView, Guard, TimerVerdict } from "../guards/guard.ts";
import type { LaneGuard } from "./lane-host.ts";

/** When each guard that has a `tick` wants to be asked next. Monotonic milliseconds. */
export class GuardTimers {
  readonly #timers: readonly { readonly guard: LaneGuard; due: number }[];

  /** All are due at once, but for those that were asked before this. @param before `null`: none was */
  constructor(guards: readonly LaneGuard[], now: number, before: GuardTimers | null) {
    const timed = guards.filter(({ connection }) => connection.tick !== undefined);
    const known = before === null ? [] : before.#timers;
    // `map` makes a list without room to spare.
    this.#timers = timed.map((guard) => known.find((timer) => timer.guard === guard) ?? { guard, due: now });
  }

  /** When the next one is due; `Infinity` for never. */
  get due(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { due } of this.#timers) first = Math.min(first, due);
    return first;
  }

  /** Makes those due that `which` names. */
  wake(now: number, which: (guard: Guard) => boolean = () => true): void {
    for (const timer of this.#timers) if (which(timer.guard.guard)) timer.due = now;
  }

  /** Asks those that are due. @param obey answers whether the connection goes on, and the next may be asked */
  run(now: number, view: () => ConnectionView, obey: (guard: Guard, verdict: TimerVerdict) => boolean): void {
    let seen: ConnectionView | null = null;
    for (const timer of this.#timers) {
      if (timer.due > now) continue;
      seen ??= view();
      const verdict = timer.guard.connection.tick?.(now, seen);
      if (verdict === undefined) continue;
      timer.due = verdict.verdict === "close" ? Number.POSITIVE_INFINITY : Math.max(verdict.untilMs, now + 1);
      if (!obey(timer.guard.guard, verdict)) return;
    }
  }
}
