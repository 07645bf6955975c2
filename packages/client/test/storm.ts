import { drawWait, type Backoff } from "../src/backoff.ts";

/** A restart, and those whom it sends away. Times in milliseconds. */
export interface Storm {
  readonly clients: number;
  /** How long nobody can connect. */
  readonly downMs: number;
  /** Connections a second that the server takes; the rest are refused with a Retry-After of 5 s. */
  readonly perSecond: number;
  readonly wait: (attempt: number, notBeforeMs: number) => number;
}

/** What came of it. */
export interface StormOutcome {
  /** Attempts in the busiest second after the server was back. */
  readonly busiest: number;
  /** Attempts in all. */
  readonly attempts: number;
  /** Seconds after the server was back until the last was connected. */
  readonly allAfterS: number;
  /** Attempts in each second from the restart on. */
  readonly bySecond: readonly number[];
}

const RETRY_AFTER_MS = 5000;

/** What the client does: the same code as it. */
export function fullJitter(backoff: Backoff): Storm["wait"] {
  return (attempt, notBeforeMs) => drawWait(backoff, attempt, notBeforeMs);
}

/** The same windows without jitter, as many clients have them. */
export function withoutJitter({ firstMs, longestMs }: Backoff): Storm["wait"] {
  return (attempt, notBeforeMs) => Math.max(notBeforeMs, Math.min(longestMs, firstMs * 2 ** attempt));
}

/** Plays a restart: every client is cut off at 0, and comes back as its waits say until it is in. */
export function playStorm({ clients, downMs, perSecond, wait }: Storm): StormOutcome {
  const bySecond: number[] = [];
  const taken: number[] = [];
  let queue = Array.from({ length: clients }, () => ({ at: wait(0, 0), attempt: 1 }));
  let last = 0;
  while (queue.length > 0) {
    const now = queue.reduce((least, { at }) => Math.min(least, at), Infinity);
    const second = Math.floor(now / 1000);
    const due = queue.filter(({ at }) => Math.floor(at / 1000) === second).sort((a, b) => a.at - b.at);
    queue = queue.filter(({ at }) => Math.floor(at / 1000) !== second);
    for (const { at, attempt } of due) {
      bySecond[second] = (bySecond[second] ?? 0) + 1;
      const isTaken = at >= downMs && (taken[second] ?? 0) < perSecond;
      if (isTaken) {
        taken[second] = (taken[second] ?? 0) + 1;
        last = at;
      } else queue.push({ at: at + wait(attempt, at < downMs ? 0 : RETRY_AFTER_MS), attempt: attempt + 1 });
    }
  }
  const filled = Array.from({ length: bySecond.length }, (_, second) => bySecond[second] ?? 0);
  return {
    busiest: Math.max(...filled.slice(Math.floor(downMs / 1000))),
    attempts: filled.reduce((sum, count) => sum + count, 0),
    allAfterS: Math.ceil((last - downMs) / 1000),
    bySecond: filled,
  };
}
