import { z } from "zod";
import {
  noPart,
  pass,
  type ConnectionFacts,
  type ConnectionGuard,
  type GuardDefinition,
  type Identity,
  type Mode,
  type Refresh,
  type TimerVerdict,
} from "./guard.ts";
import { duration, mode } from "../quantity.ts";

/** How a connection follows the life of its proof. Durations in milliseconds. */
export interface ExpiryOptions {
  readonly mode: Mode;
  readonly window?: number | undefined;
  readonly grace: number;
}

/** Longest wait between two looks, in milliseconds: below the 24.8 days that a 32-bit timer can hold. */
const LONGEST_WAIT_MS = 86_400_000;
const LONGEST_WINDOW_MS = 60_000;

const options: z.ZodType<ExpiryOptions> = z
  .strictObject({
    mode,
    window: duration
      .optional()
      .describe(
        "How long before the end of its proof a refreshable session is asked to refresh. Default: a fifth of the proof's life, at most 60s.",
      ),
    grace: duration
      .prefault("25s")
      .describe(
        "How long a session that can be refreshed, one opened with a ticket, may outlive its proof. Any other closes when its proof ends.",
      ),
  })
  .prefault({});

/** When a proof ends on the monotonic clock. */
function endOf({ expiresAt }: Identity, clocks: { readonly now: number; readonly wallNow: number }): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : clocks.now + (expiresAt - clocks.wallNow);
}

/** A connection whose proof ends. Small, since every open connection has one. */
class Expiring implements ConnectionGuard {
  #identity: Identity;
  #endsAt: number;
  readonly #grace: number;

  constructor({ identity }: ConnectionFacts, endsAt: number, grace: number) {
    this.#identity = identity;
    this.#endsAt = endsAt;
    this.#grace = grace;
  }

  tick(now: number): TimerVerdict {
    const closesAt = this.#endsAt + this.#grace;
    if (now < closesAt) return { verdict: "wait", untilMs: Math.min(closesAt, now + LONGEST_WAIT_MS) };
    const detail = `ended at ${new Date(Number(this.#identity.expiresAt)).toISOString()}`;
    return { verdict: "close", code: "expiry.token", detail };
  }

  refreshed(refresh: Refresh): void {
    this.#identity = refresh.identity;
    this.#endsAt = endOf(refresh.identity, refresh);
  }
}

function open(facts: ConnectionFacts, grace: number): ConnectionGuard {
  const endsAt = endOf(facts.identity, facts);
  if (endsAt === Number.POSITIVE_INFINITY && !facts.refreshable) return noPart;
  return new Expiring(facts, endsAt, facts.refreshable ? grace : 0);
}

/**
 * Closes a connection when the proof that opened it ends, or, where it was opened with a ticket and so can be refreshed in
 * place, when it was not refreshed within the grace: 4401, `expiry.token`. The end is reckoned on the monotonic clock from
 * the moment the proof was put in force, so that a wall clock that jumps closes nobody early. A connection whose proof does
 * not end is never closed.
 */
export const expiry: GuardDefinition<ExpiryOptions> = {
  name: "expiry",
  phases: ["timer"],
  stops: "a socket that outlives its proof",
  options,
  fromOptionsAlone: true,
  create: ({ mode: inForce, window, grace }, services) => ({
    name: "expiry",
    mode: inForce,
    refreshGraceMs: grace,
    refreshWindowMs: (lifeMs) => Math.min(window ?? Math.min(lifeMs / 5, LONGEST_WINDOW_MS), lifeMs),
    readmit({ identity: { expiresAt }, refreshable }) {
      const left =
        expiresAt === null
          ? Number.POSITIVE_INFINITY
          : expiresAt + (refreshable ? grace : 0) - services.wallNow();
      return left > 0 ? pass : { verdict: "refuse", code: "expiry.token", detail: "the proof has ended" };
    },
    open: (facts) => open(facts, grace),
  }),
};
