import { afterEach, vi } from "vitest";

// Files of tests share a process: what one puts in the place of something is gone before the next.
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
