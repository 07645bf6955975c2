import { later } from "./later.ts";
import type { Heartbeat } from "./socket-options.ts";

const SHORTEST_INTERVAL_MS = 1000;
const DEFAULT_TIMEOUT_MS = 10_000;
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

/** A heartbeat as the gate announces it, beside the ticket; `null`: it announces none, or none that makes sense. */
export function parseHeartbeat(value: unknown): Heartbeat | null {
  const announced: Heartbeat = Object(value);
  return announced.intervalMs > 0 ? announced : null;
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
  const timeout = timeoutMs > 0 ? timeoutMs : DEFAULT_TIMEOUT_MS;
  let heardAt = Date.now();
  let isAsking = false;
  let cancel: (() => void) | undefined;
  const next = (ms: number, act: () => void): void => {
    cancel?.();
    cancel = later(ms, act, peer.signal);
  };
  const ask = (): void => {
    const askedAt = Date.now();
    isAsking = true;
    if (message) peer.send(message);
    next(timeout, () => {
      if (heardAt >= askedAt) wait();
      else if (Date.now() - askedAt > timeout + LATE_MS) ask();
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
