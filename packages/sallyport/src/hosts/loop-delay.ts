/** So often the loop is looked at, milliseconds: a standstill longer than this is seen whatever its moment. */
const LOOK_EVERY_MS = 100;

/**
 * Watches how much later than asked for timers are called. One small timer, which keeps no process from ending.
 *
 * @param late takes each delay, seconds
 * @returns what stops it
 */
export function watchLoopDelay(late: (seconds: number) => void): () => void {
  let due = performance.now() + LOOK_EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    late(Math.max(0, now - due) / 1000);
    due = now + LOOK_EVERY_MS;
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
