/** What timer guards may know of a connection. Times are monotonic milliseconds. */
export interface ConnectionView {
  readonly openedAt: number;
  /** When the last byte came from the client. */
  readonly lastInboundAt: number;
  /** When the last data message passed, either way. */
  readonly lastMessageAt: number;
  /** Pings of ours that the client has not answered. */
  readonly unansweredPings: number;
  /** A ping of the application waits for the client's pong. */
  readonly relayedPingOutstanding: boolean;
  /** Bytes that wait for the client to read them. */
  readonly waitingBytes: number;
  /** Since when bytes have waited for the client without a drain; `null` when none wait. */
  readonly waitingSince: number | null;
  /** The same for bytes that wait for the application. */
  readonly applicationWaitingSince: number | null;
}
