/**
 * The gate's own pings to the client. All carry the same random payload, so that a late pong is still known as ours; no more
 * pongs are swallowed than pings were sent, so that a flood of them meets the guards.
 */
export class OwnPings {
  /** Pings since the client last answered one. */
  unanswered = 0;
  #sent = 0;
  #payload: Uint8Array | null = null;

  /** Another ping goes out. @param random bytes from a CSPRNG. Returns its payload, of 8 bytes */
  next(random: (bytes: number) => Uint8Array): Uint8Array {
    this.#payload ??= random(PAYLOAD_BYTES);
    this.unanswered++;
    this.#sent++;
    return this.#payload;
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
