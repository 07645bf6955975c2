/**
 * Whether a handshake is over: the client has gone, or has been answered. What an AbortController would say, for a fraction of
 * its cost: one is made for each handshake, and at most one listener waits.
 */
export class HandshakeEnd {
  #over = false;
  /** Called once, when it is over; whoever has set it takes it back when there is nothing left to stop. */
  onOver: (() => void) | null = null;

  /** Whether it is over. */
  get over(): boolean {
    return this.#over;
  }

  /** Ends it. Idempotent. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const { onOver } = this;
    this.onOver = null;
    onOver?.();
  }
}
