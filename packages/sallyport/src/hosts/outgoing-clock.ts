/** Time and chance, as what sends to the outside needs them. */
export interface OutgoingClock {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Calls back once, after milliseconds; answers how to call that off. Keeps no process alive. */
  readonly setTimer: (run: () => void, ms: number) => () => void;
}

/** Those of the process. */
export const systemClock: OutgoingClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run, ms) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
