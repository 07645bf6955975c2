/** What a peer has begun and not finished. Times in monotonic milliseconds; `null`: nothing. */
export interface HalfDone {
  /** Since when a frame is unfinished. */
  frameSince: number | null;
  /** When the last byte of an unfinished message came, control frames not counted. */
  messageSince: number | null;
}

/** Since when nothing has been finished or gone on; `Infinity` when nothing is half done. */
export function halfDoneSince({ frameSince, messageSince }: HalfDone): number {
  return Math.min(frameSince ?? Number.POSITIVE_INFINITY, messageSince ?? Number.POSITIVE_INFINITY);
}

/** Time in which the gate did not read is not the peer's. @param since when it stopped reading */
export function excuse(half: HalfDone, since: number, now: number): void {
  if (half.frameSince !== null) half.frameSince += now - Math.max(since, half.frameSince);
  if (half.messageSince !== null) half.messageSince += now - Math.max(since, half.messageSince);
}

/**
 * Ends the time that a peer had: answers what is not done, for the operator, and begins again, for a guard that observes.
 * `null` while the peer has time left.
 */
export function overdue(half: HalfDone, withinMs: number, now: number): string | null {
  const elapsed = now - halfDoneSince(half);
  if (elapsed < withinMs) return null;
  const isFrame = half.frameSince !== null && now - half.frameSince >= withinMs;
  if (half.frameSince !== null) half.frameSince = now;
  if (half.messageSince !== null) half.messageSince = now;
  return isFrame
    ? `a frame is unfinished after ${Math.round(elapsed)} ms`
    : `nothing more of a message has come for ${Math.round(elapsed)} ms`;
}
