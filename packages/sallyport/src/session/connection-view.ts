import type { ConnectionView } from "../guards/guard.ts";
import type { Lane } from "./lane.ts";
import type { OwnPings } from "./own-pings.ts";
import type { SessionPort, Side } from "./session-port.ts";

/** What a session knows of its connection. Times are monotonic milliseconds. */
export interface ViewParts {
  readonly openedAt: number;
  readonly lastInboundAt: number;
  readonly lanes: Readonly<Record<Side, Lane>>;
  readonly pings: OwnPings;
  readonly port: SessionPort;
  /** Since when bytes have waited for a side; `null` when none wait. */
  readonly waitingSince: Readonly<Record<Side, number | null>>;
}

/** A connection as timer guards see it. */
export function connectionView(parts: ViewParts): ConnectionView {
  const { openedAt, lastInboundAt, lanes, pings, port, waitingSince } = parts;
  return {
    openedAt,
    lastInboundAt,
    lastMessageAt: Math.max(openedAt, lanes.client.lastDataAt, lanes.application.lastDataAt),
    unansweredPings: pings.unanswered,
    relayedPingOutstanding: pings.relayedOutstanding,
    waitingBytes: port.waitingBytes("client"),
    waitingSince: waitingSince.client,
    applicationWaitingSince: waitingSince.application,
  };
}
