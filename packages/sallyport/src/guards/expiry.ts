import { z } from "zod";
import type { ConnectionFacts, ConnectionGuard, GuardDefinition, Mode } from "./guard.ts";
import { duration, mode } from "./quantity.ts";

/** How a connection follows the life of its token. Durations in milliseconds. */
export interface ExpiryOptions {
  readonly mode: Mode;
  readonly window?: number | undefined;
  readonly grace: number;
}

/** Longest wait between two looks, in milliseconds: below the 24.8 days that a 32-bit timer can hold. */
const LONGEST_WAIT_MS = 86_400_000;

const options: z.ZodType<ExpiryOptions> = z.strictObject({
  mode,
  window: duration
    .optional()
    .describe(
      "How long before the end of the token a refreshable session is asked to refresh. Default: a fifth of the token's life, at most 60s. Sessions are not refreshable yet: this has no effect.",
    ),
  grace: duration
    .prefault("25s")
    .describe(
      "How long a refreshable session may outlive its token while it refreshes. Sessions are not refreshable yet: the connection closes when the token ends.",
    ),
});

function open(facts: ConnectionFacts): ConnectionGuard {
  const { expiresAt } = facts.identity;
  if (expiresAt === null) return {};
  const endsAt = facts.now + (expiresAt - facts.wallNow);
  return {
    tick(now) {
      if (now < endsAt) return { verdict: "wait", untilMs: Math.min(endsAt, now + LONGEST_WAIT_MS) };
      return {
        verdict: "close",
        code: "expiry.token",
        detail: `ended at ${new Date(expiresAt).toISOString()}`,
      };
    },
  };
}

/**
 * Closes a connection when the token that opened it ends: 4401, `expiry.token`. The end is reckoned on the monotonic clock
 * from the moment the connection opened, so that a wall clock that jumps closes nobody early. A connection whose proof
 * does not end is never closed.
 */
export const expiry: GuardDefinition<ExpiryOptions> = {
  name: "expiry",
  phases: ["timer"],
  stops: "a socket that outlives its proof",
  options,
  create: (chosen) => ({ name: "expiry", mode: chosen.mode, open }),
};
