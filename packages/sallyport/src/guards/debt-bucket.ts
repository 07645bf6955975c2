/**
 * A token bucket that may go into debt: what is taken is always given, and the answer is how long to wait until the debt is
 * paid. So a message that came is never lost; the next ones wait. Two plain numbers, no timer.
 */
export class DebtBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  /**
   * @param perSecond tokens that come back each second
   * @param capacity tokens at most, and at the start
   * @param now monotonic milliseconds
   */
  constructor(perSecond: number, capacity: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#at = now;
  }

  /** Takes tokens. Returns the milliseconds until the bucket is out of debt; 0 when it is not in debt. */
  take(tokens: number, now: number): number {
    const elapsed = Math.max(0, now - this.#at);
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsed * this.#perMs) - tokens;
    this.#at = Math.max(this.#at, now);
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }
}
