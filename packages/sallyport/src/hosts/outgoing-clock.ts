/** Time and chance, as what sends to the outside needs them. */
export interface OutgoingClock {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Calls back once, after milliseconds; answers how to call that off. Keeps no process alive. */
  readonly setTimer: (run: () => void, ms: number) => () => void;
}

/** What is asked to wait longer is called back at once by Node (`setTimeout`): a month would be a millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Those of the process. A wait ends after 24 days at most: who waits longer looks again then. */
export const systemClock: OutgoingClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run, ms) => {
    const timer = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
};
