import { vi } from "vitest";

/** For what comes at once, on a machine that does much else at the time. It is waited for as long only where it does not come. */
const LEAST_MS = 30_000;

type Options = Parameters<typeof vi.waitFor>[1];

function patient(options: Options): Options {
  const given = typeof options === "number" ? { timeout: options } : options;
  return { ...given, timeout: Math.max(LEAST_MS, given?.timeout ?? 0) };
}

// By themselves they give up after a second. Files of tests share a process: it is done once.
const { waitFor, waitUntil } = vi;
if (!("isPatient" in waitFor)) {
  vi.waitFor = Object.assign<typeof waitFor, object>(
    (callback, options) => waitFor(callback, patient(options)),
    { isPatient: true },
  );
  vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));
}
