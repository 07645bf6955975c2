import type { ConnectionView } from "../src/guards/connection-view.ts";

/** A connection at time 0 on which nothing has happened and nothing waits. */
export const quietConnection: ConnectionView = {
  openedAt: 0,
  lastInboundAt: 0,
  lastMessageAt: 0,
  unansweredPings: 0,
  relayedPingOutstanding: false,
  waitingBytes: 0,
  waitingSince: null,
  applicationWaitingSince: null,
};
