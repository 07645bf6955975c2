/** A clock that stood still, such as that of a machine asleep, is noticed within so long after it goes on. */
const STEP_MS = 30_000;

/**
 * Does something after some milliseconds, unless the signal or the function that it returns ends that. Waits in steps, so that
 * the time which a machine sleeps counts, that no wait is too long for a timer, and that a wall clock which is set back
 * prolongs nothing.
 */
export function later(ms: number, act: () => void, signal: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  };
  const wait = (left: number): void => {
    const from = Date.now();
    const step = Math.min(left, STEP_MS);
    timer = setTimeout(() => {
      const rest = left - Math.max(step, Date.now() - from);
      if (rest > 0) return wait(rest);
      cancel();
      act();
    }, step);
  };
  if (!signal.aborted) wait(ms);
  signal.addEventListener("abort", cancel);
  return cancel;
}
