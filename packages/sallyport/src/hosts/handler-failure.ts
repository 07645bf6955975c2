/** What kind of error it was and where it came from. Not what it says: that may be what a message said. */
export function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return `a handler threw a ${typeof error}`;
  // Whoever prepares stacks in another way makes something else of it.
  const stack: unknown = error.stack;
  const frames = typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  return [error.name, ...frames].join("\n");
}

/** Whether something can be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
