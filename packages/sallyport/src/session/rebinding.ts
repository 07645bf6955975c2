import type { ConnectionFacts, Guard, Identity } from "../guards/guard.ts";

/** Another policy for an open connection: what is known of it, and the guards that now decide. */
export interface Rebinding {
  readonly facts: ConnectionFacts;
  readonly route: string;
  readonly guards: readonly Guard[];
  /** Called when the guards of before are no longer asked: it is in force, the connection closes, or a later one is in force. */
  readonly onDone: () => void;
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
    const earlier = this.#rebinding;
    this.#rebinding = earlier === null ? rebinding : { ...rebinding, onDone: bothDone(earlier, rebinding) };
    this.until = Math.min(this.until, now + WITHIN_MS);
  }

  /** Hands it over; `null` when there is none. */
  take(): Rebinding | null {
    const rebinding = this.#rebinding;
    this.#rebinding = null;
    this.until = Number.POSITIVE_INFINITY;
    return rebinding;
  }

  /** Gives it up. */
  drop(): void {
    this.take()?.onDone();
  }

  /** The identity was renewed meanwhile. */
  refresh(identity: Identity): void {
    if (this.#rebinding === null) return;
    this.#rebinding = { ...this.#rebinding, facts: { ...this.#rebinding.facts, identity } };
  }
}

/** The guards of before are asked until the later one is in force: only then is the earlier one done, too. */
function bothDone(earlier: Rebinding, later: Rebinding): () => void {
  return () => {
    earlier.onDone();
    later.onDone();
  };
}
