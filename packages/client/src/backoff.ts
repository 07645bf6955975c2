/** How long a client waits before it comes back. Times in milliseconds. */
export interface Backoff {
  /** The first wait is anything up to so long; each further one up to twice the one before. Default: 1000. */
  readonly firstMs: number;
  /** No wait is drawn from more than this. Default: 30,000. */
  readonly longestMs: number;
}

/** Twice as long is asked for so often at most: 2^31 times a millisecond is past any sensible `longestMs`. */
const MOST_DOUBLINGS = 31;

/**
 * A wait by full jitter: anything between nothing and the whole of a window that doubles with each attempt, so that those whom
 * one restart sent away spread over all of it.
 *
 * @param attempt how many attempts failed before, from 0
 * @param notBeforeMs what a `Retry-After` asks for; the wait is drawn from behind it
 */
export function drawWait({ firstMs, longestMs }: Backoff, attempt: number, notBeforeMs = 0): number {
  const windowMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, MOST_DOUBLINGS));
  return notBeforeMs + Math.random() * windowMs;
}

/** What `Retry-After` asks for, in milliseconds from now: seconds or a date (RFC 9110 10.2.3). 0 where it says nothing that can be read. */
export function parseRetryAfter(value: string | null, now: number): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return ms > 0 && Number.isFinite(ms) ? ms : 0;
}
