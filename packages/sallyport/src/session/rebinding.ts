import type { Guard } from "../guards/guard.ts";

/** Another policy for open connections: a route of it. One for all of them, since a reload may have ten thousand to tell. */
export interface Rebinding {
  /** The route's label. */
  readonly id: string;
  /** The guards that now decide. */
  readonly guards: readonly Guard[];
}

/** A peer that is never between two messages may keep its guards so long, milliseconds. */
const WITHIN_MS = 30_000;

/** The change of policy that waits until both lanes are between two messages; there is one at most. */
export class PendingRebinding {
  /** Until when (monotonic ms) it waits; `Infinity` when there is none. */
  until: number = Number.POSITIVE_INFINITY;
  #rebinding: Rebinding | null = null;

  get waits(): boolean {
    return this.#rebinding !== null;
  }

  /** Waits with this one from now on, in place of an earlier one, and no longer than with that: reloads grant nobody more time. */
  put(rebinding: Rebinding, now: number): void {
    this.#rebinding = rebinding;
    this.until = Math.min(this.until, now + WITHIN_MS);
  }

  /** Waits for as long once more: its peers could not do anything about it. */
  postpone(now: number): void {
    this.until = now + WITHIN_MS;
  }

  /** Hands it over; `null` when there is none. */
  take(): Rebinding | null {
    const rebinding = this.#rebinding;
    this.#rebinding = null;
    this.until = Number.POSITIVE_INFINITY;
    return rebinding;
  }
}
