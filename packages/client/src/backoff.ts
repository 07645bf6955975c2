/** How long a client waits before it comes back. Times in milliseconds. */
export interface Backoff {
  /** The first wait is anything up to so long; each further one up to twice the one before. Default: 1000. */
  readonly firstMs: number;
  /** No wait is drawn from more than this. Default: 30,000. */
  readonly longestMs: number;
}

/**
 * A wait by full jitter: anything between nothing and the whole of a window that doubles with each attempt, so that those whom
 * one restart sent away spread over all of it.
 *
 * @param attempt how many attempts failed before, from 0
 * @param notBeforeMs what a `Retry-After` asks for; the wait is drawn from behind it
 */
export function drawWait({ firstMs, longestMs }: Backoff, attempt: number, notBeforeMs = 0): number {
  const windowMs = Math.min(longestMs, firstMs * 2 ** attempt);
  return notBeforeMs + Math.random() * windowMs;
}

/** What `Retry-After` asks for, in milliseconds from now: seconds or a date (RFC 9110 10.2.3). 0 where it says nothing that can be read. */
export function parseRetryAfter(value: string | null, now: number): number {
  const ms = /^\d+$/.test(value ?? "") ? Number(value) * 1000 : Date.parse(value ?? "") - now;
  return ms > 0 ? ms : 0;
}
