/** How much sooner than asked for something may be done, as a part of its interval, and milliseconds at most: less than the shortest interval that others have. */
const [SOONER, AT_MOST_MS] = [1 / 5, 200];

interface Beaten {
  readonly ms: number;
  readonly task: () => void;
  /** Monotonic milliseconds. */
  due: number;
}

/**
 * Does things again and again, those together that are due at about the same time: a process that rests is woken once for all of them, and what
 * they send leaves in one write. What costs a node at rest is to be woken, not what it then does.
 */
export class LooseBeat {
  readonly #beaten = new Set<Beaten>();
  #timer: NodeJS.Timeout | null = null;
  /** When the timer comes, monotonic milliseconds. */
  #wakesAt = Number.POSITIVE_INFINITY;

  /** Has something done every `ms` milliseconds, up to a fifth of it and 200 ms sooner. Returns how to stop. @param task must not throw */
  every(ms: number, task: () => void): () => void {
    const beaten: Beaten = { ms, task, due: performance.now() + ms };
    this.#beaten.add(beaten);
    this.#wakeAt(beaten.due);
    return () => void this.#beaten.delete(beaten);
  }

  /** Ends all of it, and whatever is added later. */
  stop(): void {
    this.#beaten.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // Nothing that is added now wakes anybody.
    this.#wakesAt = Number.NEGATIVE_INFINITY;
  }

  #wakeAt(due: number): void {
    if (due >= this.#wakesAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakesAt = due;
    this.#timer = setTimeout(() => this.#beat(), Math.max(1, due - performance.now())).unref();
  }

  #beat(): void {
    this.#timer = null;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const beaten of this.#beaten) {
      const { ms, due, task } = beaten;
      if (due - Math.min(ms * SOONER, AT_MOST_MS) > now) continue;
      beaten.due = now + ms;
      task();
    }
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#beaten) next = Math.min(next, due);
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }
}
