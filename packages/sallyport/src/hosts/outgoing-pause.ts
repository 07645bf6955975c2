import type { PostOutcome } from "./outgoing-post.ts";

/** The wait before a second attempt, in ms; each further one is twice as long. */
export const FIRST_PAUSE_MS = 1000;
/** At least that share of a wait; the rest is by chance, so that many gates do not come back at once. */
const LEAST_SHARE = 0.5;

/**
 * Milliseconds until another attempt at what was not taken: as long as the other side asks for, and a part of `wait` at least. Below zero:
 * none is worth it.
 *
 * @param random from 0 to 1
 */
export function outgoingPause(
  outcome: Exclude<PostOutcome, { kind: "taken" }>,
  wait: number,
  random: () => number,
): number {
  if (outcome.kind === "refused" && !outcome.again) return -1;
  const ours = wait * (LEAST_SHARE + (1 - LEAST_SHARE) * random());
  return outcome.kind === "refused" ? Math.max(outcome.retryAfterMs ?? 0, ours) : ours;
}
