/** Something that wants to be called at a time. */
export interface Timed {
  /** Monotonic milliseconds; `Infinity` for never. */
  readonly deadline: number;
  tick(now: number): void;
}

/** How late a deadline may be noticed. Every limit that it serves is counted in seconds. */
const STEP_MS = 50;
/** A step that comes this late says that the process stood still: the loop was blocked, or the process stopped. */
const STOOD_STILL_MS = 250;

/**
 * One timer for all connections: entries are kept by the step in which they are due, so that ten thousand idle connections
 * cost one look per step. A deadline that moves later is found when its old step comes; one that moves earlier must be told
 * by `schedule`.
 */
export class DeadlineWheel {
  readonly #now: () => number;
  readonly #steps = new Map<number, Set<Timed>>();
  readonly #places = new Map<Timed, number>();
  #last: number;
  /** When the timer came last, in monotonic milliseconds. */
  #steppedAt = 0;
  #interval: NodeJS.Timeout | null = null;

  /** @param now the monotonic clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#last = stepOf(now());
  }

  /** Takes an entry in, or moves it to its deadline of now. */
  schedule(entry: Timed): void {
    const place = this.#places.get(entry);
    // While the wheel rests no step is looked at: what is due already must not be put into one that is over.
    if (this.#interval === null) this.#last = stepOf(this.#now());
    const step = Number.isFinite(entry.deadline)
      ? Math.max(stepOf(entry.deadline) + 1, this.#last + 1)
      : null;
    if (place !== undefined && (step === null || place <= step)) return;
    if (place !== undefined) this.#take(entry, place);
    if (step === null) return;
    const due = this.#steps.get(step) ?? new Set();
    due.add(entry);
    this.#steps.set(step, due);
    this.#places.set(entry, step);
    if (this.#interval !== null) return;
    this.#steppedAt = this.#now();
    this.#interval = setInterval(() => this.#step(), STEP_MS);
  }

  /** Lets an entry go. */
  remove(entry: Timed): void {
    const place = this.#places.get(entry);
    if (place !== undefined) this.#take(entry, place);
    this.#rest();
  }

  /** Where the process stood still, what peers have sent meanwhile is read first: a deadline may wait for just that. */
  #step(): void {
    const now = this.#now();
    const stoodStill = now - this.#steppedAt > STOOD_STILL_MS;
    this.#steppedAt = now;
    if (stoodStill) setImmediate(() => this.#advance());
    else this.#advance();
  }

  #advance(): void {
    const now = this.#now();
    const current = stepOf(now);
    while (this.#last < current) {
      this.#last++;
      const due = this.#steps.get(this.#last);
      if (due === undefined) continue;
      this.#steps.delete(this.#last);
      for (const entry of due) {
        // One that another entry of this step has let go has no place any more.
        if (!this.#places.delete(entry)) continue;
        if (entry.deadline <= now) entry.tick(now);
        this.schedule(entry);
      }
    }
    this.#rest();
  }

  #take(entry: Timed, place: number): void {
    const due = this.#steps.get(place);
    due?.delete(entry);
    if (due?.size === 0) this.#steps.delete(place);
    this.#places.delete(entry);
  }

  #rest(): void {
    if (this.#places.size > 0 || this.#interval === null) return;
    clearInterval(this.#interval);
    this.#interval = null;
  }
}

function stepOf(ms: number): number {
  return Math.floor(ms / STEP_MS);
}
