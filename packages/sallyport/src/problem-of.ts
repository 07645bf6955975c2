/** What went wrong, in words: whatever was thrown. */
export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same, with where it came from, where an error says it: for the operator alone. */
export function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
