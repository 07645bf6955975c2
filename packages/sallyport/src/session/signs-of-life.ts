import type { Direction } from "../events.ts";
import type { ConnectionView } from "../guards/connection-view.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { SessionLane } from "./lane-host.ts";
import { OwnPings } from "./own-pings.ts";
import type { Side } from "./session-port.ts";

/** What is known of a connection's peers: when they were heard, and which pings wait for an answer. */
export class SignsOfLife {
  /** When the last byte came from the client (monotonic ms). */
  lastInboundAt: number;
  /** The gate's own pings to the client. */
  readonly pings: OwnPings = new OwnPings();
  /** When the connection opened (monotonic ms). */
  readonly openedAt: number;
  #relayedPing = false;

  /** @param now when the connection opened, monotonic milliseconds */
  constructor(now: number) {
    this.openedAt = now;
    this.lastInboundAt = now;
  }

  /** A ping or pong went on to the far side. */
  relayed(direction: Direction, opcode: number): void {
    if (direction === "outbound" && opcode === opcodes.ping) this.#relayedPing = true;
    if (direction === "inbound" && opcode === opcodes.pong) this.#relayedPing = false;
  }

  /** As timer guards see it, with what waits for the peers. */
  view(
    { client, application }: Readonly<Record<Side, SessionLane>>,
    waiting: Pick<ConnectionView, "waitingBytes" | "waitingSince" | "applicationWaitingSince">,
  ): ConnectionView {
    return {
      openedAt: this.openedAt,
      lastInboundAt: this.lastInboundAt,
      lastMessageAt: Math.max(this.openedAt, client.lastDataAt, application.lastDataAt),
      unansweredPings: this.pings.unanswered,
      relayedPingOutstanding: this.#relayedPing,
      ...waiting,
    };
  }
}
