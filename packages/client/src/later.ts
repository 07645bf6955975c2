/** A clock that stood still, such as that of a machine asleep, is noticed within so long after it goes on. */
const STEP_MS = 30_000;

/**
 * Does something after some milliseconds, unless the signal ends that. Waits in steps, so that the time which a machine sleeps
 * counts, that no wait is too long for a timer, and that a wall clock which is set back prolongs nothing.
 */
export function later(ms: number, act: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const from = Date.now();
  const step = Math.min(ms, STEP_MS);
  const cancel = (): void => clearTimeout(timer);
  const timer = setTimeout(() => {
    signal.removeEventListener("abort", cancel);
    const left = ms - Math.max(step, Date.now() - from);
    if (left > 0) later(left, act, signal);
    else act();
  }, step);
  signal.addEventListener("abort", cancel, { once: true });
}
