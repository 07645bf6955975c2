import { problemOf } from "../problem-of.ts";
import type { ConnectionGuard, ConnectionHandle, TimerVerdict } from "./guard.ts";

/** What asking again about a credential came to. A `problem` is for the operator, without a secret. */
export type Standing =
  | { readonly is: "good" }
  | { readonly is: "withdrawn"; readonly problem: string }
  | { readonly is: "unknown"; readonly problem: string };

/** How a connection's credential is asked about again. */
export interface RecheckOptions {
  /** Milliseconds between two questions. */
  readonly everyMs: number;
  /** From 0 to 1: the part of the time that has passed already when the connection begins, so that not all ask at once. */
  readonly spread: number;
  /** Asks once. What it rejects with counts as not known. */
  readonly ask: () => Promise<Standing>;
  /** Told what every question came to. */
  readonly onStanding: (standing: Standing) => void;
}

/** A connection's part in it. */
export interface Recheck extends ConnectionGuard {
  /** Begins anew, with another credential. */
  readonly again: () => void;
}

/**
 * Asks about the credential of an open connection again and again, and closes the connection (`identity.withdrawn`) once
 * whoever issued it says no. One question at a time. While nobody can say, the connection stays: an outage of the provider is
 * not the user's fault, and its end is bounded by `expiry`.
 */
export function createRecheck(
  handle: ConnectionHandle,
  { everyMs, spread, ask, onStanding }: RecheckOptions,
): Recheck {
  let due: number | null = null;
  let asking = false;
  let over = false;
  // A later credential makes answers about the one before worthless.
  let round = 0;
  let withdrawn: string | null = null;
  const settle = (asked: number, standing: Standing): void => {
    if (over || asked !== round) return;
    asking = false;
    onStanding(standing);
    if (standing.is === "withdrawn") withdrawn = standing.problem;
    handle.wake();
  };
  const begin = (): void => {
    asking = true;
    const asked = round;
    ask().then(
      (standing) => settle(asked, standing),
      (error: unknown) => settle(asked, { is: "unknown", problem: problemOf(error) }),
    );
  };
  return {
    tick(now): TimerVerdict {
      if (withdrawn !== null) return { verdict: "close", code: "identity.withdrawn", detail: withdrawn };
      due ??= now + everyMs * (1 - spread);
      if (now >= due) {
        due = now + everyMs;
        if (!asking) begin();
      }
      return { verdict: "wait", untilMs: due };
    },
    again: () => {
      round += 1;
      asking = false;
      withdrawn = null;
    },
    end() {
      over = true;
    },
  };
}

/** A part from 0 to a half that is as good as random and the same for the same session: when its questions come. */
export function spreadOf(session: string): number {
  let sum = 0;
  for (const byte of Buffer.from(session)) sum = (sum * 31 + byte) % 65_536;
  return sum / 131_072;
}
