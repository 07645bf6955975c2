import type { Denial, Guard } from "../guards/guard.ts";

/** What becomes of a message that a client has no room for. */
export interface Fullness {
  readonly verdict: "close" | "drop";
  readonly denial: Denial;
}

/** What becomes of the next message to a client, by what waits for it already; `null`: there is room. @param waiting bytes */
export function fullness(
  { maxBytes, policy }: NonNullable<Guard["waiting"]>,
  waiting: number,
): Fullness | null {
  if (waiting <= maxBytes) return null;
  const code = policy === "drop" ? "slowConsumer.dropped" : "slowConsumer.bytes";
  return { verdict: policy, denial: { code, detail: `${waiting} bytes wait, limit ${maxBytes}` } };
}
