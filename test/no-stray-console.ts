import { afterEach, beforeEach, vi } from "vitest";

// Library code never writes to the console: a stray call in any test fails it.
beforeEach(() => {
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...values: unknown[]) => {
      throw new Error(`stray console.${method}: ${values.map(String).join(" ")}`);
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});
