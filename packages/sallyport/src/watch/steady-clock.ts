/** A step of the wall clock that is longer counts as this long: an hour. */
const LONGEST_STEP_MS = 3_600_000;

/**
 * Makes of the wall clock, which may be set, a time that never runs backwards. Time stands still for the moment in which the clock
 * steps back, and goes on from there; a step forwards counts as an hour at most. So a clock that is set makes nobody suspicious, and
 * no window stays open for ever.
 */
export class SteadyClock {
  #steady = 0;
  #wall: number | null = null;

  /** The steady time in ms, from 0. @param wallNow what is no number counts as no step */
  at(wallNow: number): number {
    if (!Number.isFinite(wallNow)) return this.#steady;
    const step = wallNow - (this.#wall ?? wallNow);
    this.#wall = wallNow;
    this.#steady += Math.min(Math.max(step, 0), LONGEST_STEP_MS);
    return this.#steady;
  }
}
