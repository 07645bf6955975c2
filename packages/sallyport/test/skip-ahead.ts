const real = performance.now.bind(performance);
let ahead = 0;

/**
 * Puts the steady clock of this process ahead, for good: a gate in it finds with its next look that so much time is over. Its timers come
 * when they come, and nothing else has happened meanwhile. For files of tests that have a process of their own.
 */
export function skipAhead(milliseconds: number): void {
  ahead += milliseconds;
  performance.now = () => real() + ahead;
}
