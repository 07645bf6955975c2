import { afterEach, vi } from "vitest";

// Files of tests share a process: what one puts in the place of something is gone before the next.
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

// Where anybody else listens, the runner takes an error that nobody caught for theirs, and tells nobody of it.
afterEach(() => {
  for (const event of ["unhandledRejection", "uncaughtException"])
    if (process.listenerCount(event) > 1) throw new Error(`somebody listens for ${event} still`);
});
