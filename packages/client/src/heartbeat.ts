import { later } from "./later.ts";
import type { Heartbeat } from "./socket-options.ts";

const SHORTEST_INTERVAL_MS = 1000;
const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_MESSAGE = 1024;
/** A timer that comes so late comes after a sleep: what the peer said meanwhile is still to be read. */
const LATE_MS = 1000;

/** What a connection is asked by {@link watchPeer}. */
export interface WatchedPeer {
  readonly signal: AbortSignal;
  /** Sends the application's own sign of life. */
  send(message: string): void;
  /** The peer said nothing in time. */
  lost(): void;
}

/** Watches over one peer. */
export interface PeerWatch {
  /** It said something. */
  heard(): void;
  /** The machine or its network has come back: whether the peer is there is found out now. */
  check(): void;
}

function positive(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}

/** A heartbeat as the gate announces it, beside the ticket; `null`: it announces none, or none that makes sense. */
export function parseHeartbeat(value: unknown): Heartbeat | null {
  const { intervalMs, timeoutMs, message, answer } = Object(value) as Record<keyof Heartbeat, unknown>;
  const interval = positive(intervalMs);
  if (interval === null) return null;
  const text = (one: unknown): string | null =>
    typeof one === "string" && one.length <= LONGEST_MESSAGE ? one : null;
  const [asked, answered] = [text(message), text(answer)];
  return {
    intervalMs: interval,
    timeoutMs: positive(timeoutMs) ?? DEFAULT_TIMEOUT_MS,
    ...(asked === null ? {} : { message: asked }),
    ...(answered === null ? {} : { answer: answered }),
  };
}

/**
 * Watches over a peer: after a silence it is asked, where there is a message for that, and must then be heard in time. A timer
 * that comes late, as after a sleep, ends nothing: the peer is asked anew.
 */
export function watchPeer(
  { intervalMs, timeoutMs = DEFAULT_TIMEOUT_MS, message }: Heartbeat,
  peer: WatchedPeer,
): PeerWatch {
  const interval = Math.max(intervalMs, SHORTEST_INTERVAL_MS);
  let heardAt = Date.now();
  let isAsking = false;
  let step = new AbortController();
  const next = (ms: number, act: () => void): void => {
    step.abort();
    step = new AbortController();
    later(ms, act, AbortSignal.any([peer.signal, step.signal]));
  };
  const ask = (): void => {
    const askedAt = Date.now();
    isAsking = true;
    if (message !== undefined) peer.send(message);
    next(timeoutMs, () => {
      if (heardAt >= askedAt) wait();
      else if (Date.now() - askedAt > timeoutMs + LATE_MS) ask();
      else peer.lost();
    });
  };
  const wait = (): void => {
    isAsking = false;
    const left = interval - (Date.now() - heardAt);
    if (left > 0) next(left, wait);
    else ask();
  };
  wait();
  return {
    heard: () => void (heardAt = Date.now()),
    check: () => void (isAsking || Date.now() - heardAt < SHORTEST_INTERVAL_MS || ask()),
  };
}
