import type { Direction } from "../events.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";

/**
 * The gate's own pings to the client, beside those of the application. All carry the same random payload, so that a late pong is still known as ours; no more
 * pongs are swallowed than pings were sent, so that a flood of them meets the guards.
 */
export class OwnPings {
  /** Pings since the client last answered one. */
  unanswered = 0;
  /** A ping of the application waits for the client's pong. */
  relayedOutstanding = false;
  #sent = 0;
  #payload: Uint8Array | null = null;

  /** Another ping goes out. @param random bytes from a CSPRNG. Returns its payload, of 8 bytes */
  next(random: (bytes: number) => Uint8Array): Uint8Array {
    this.#payload ??= random(PAYLOAD_BYTES);
    this.unanswered++;
    this.#sent++;
    return this.#payload;
  }

  /** A ping or pong that is none of ours goes on to the far side. */
  relayed(direction: Direction, opcode: number): void {
    if (direction === "outbound" && opcode === opcodes.ping) this.relayedOutstanding = true;
    if (direction === "inbound" && opcode === opcodes.pong) this.relayedOutstanding = false;
  }

  /** Whether this pong answers a ping of ours. A peer may answer only the latest (RFC 6455 5.5.3), which answers all. */
  answeredBy(payload: Uint8Array): boolean {
    const own = this.#payload;
    if (own === null || this.#sent === 0 || payload.length !== own.length) return false;
    if (!payload.every((byte, index) => byte === own[index])) return false;
    this.unanswered = 0;
    this.#sent--;
    return true;
  }
}

const PAYLOAD_BYTES = 8;
