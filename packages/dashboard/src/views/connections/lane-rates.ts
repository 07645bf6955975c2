import type { SessionView } from "../../api/session-view.ts";

/** What both lanes carried at a moment, per second since the moment before. */
export interface LaneRates {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A connection, as it was at a moment. */
export interface SeenSession {
  readonly at: number;
  readonly session: SessionView;
}

/** Rates between two looks at a connection; `null`: they are too near to each other to tell. */
export function ratesBetween(before: SeenSession, now: SeenSession): LaneRates | null {
  const seconds = (now.at - before.at) / 1000;
  if (seconds < 0.2) return null;
  const rate = (of: (session: SessionView) => number): number =>
    Math.max(0, (of(now.session) - of(before.session)) / seconds);
  return {
    at: now.at,
    messagesIn: rate(({ inbound }) => inbound.messages),
    messagesOut: rate(({ outbound }) => outbound.messages),
    bytesIn: rate(({ inbound }) => inbound.bytes),
    bytesOut: rate(({ outbound }) => outbound.bytes),
  };
}
