/** Takes what a host measures beside the events that it tells. */
export interface Meter {
  /**
   * An upgrade was answered.
   *
   * @param route the route's label
   * @param ms since its head was read
   */
  handshake(route: string, outcome: "admitted" | "refused", ms: number): void;
  readonly chunks: ChunkMeter;
}

/** One reading in so many is measured: a clock is not read for each message. */
const ONE_IN = 64;

/** Which readings of connections are measured, and how long those took. */
export class ChunkMeter {
  readonly #took: (side: "client" | "application", ms: number) => void;
  #left = ONE_IN;

  constructor(took: (side: "client" | "application", ms: number) => void) {
    this.#took = took;
  }

  /** Whether what was read now is to be measured. */
  isDue(): boolean {
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#left = ONE_IN;
    return true;
  }

  /** So long it took, milliseconds. @param side whence it came */
  took(side: "client" | "application", ms: number): void {
    this.#took(side, ms);
  }
}
