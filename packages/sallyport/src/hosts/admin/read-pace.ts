/** How fast whoever takes a long answer reads it. Times in milliseconds. */
export interface ReadPaceOptions {
  /** Bytes a second that must be taken on the average. */
  readonly bytesPerSecond: number;
  /** How far behind that a reader may be. */
  readonly graceMs: number;
}

/** 16 KiB a second is less than any line that a file is fetched over; half a minute bridges one that is lost for a while. */
export const READ_PACE: ReadPaceOptions = { bytesPerSecond: 16 * 1024, graceMs: 30_000 };

/**
 * Counts how far a reader is behind the least rate. Only what it is waited for counts, and what it took faster gives it nothing for later: who
 * begins to trickle after a gigabyte is left as soon as who trickles from the beginning.
 */
export class ReadPace {
  readonly #options: ReadPaceOptions;
  #behindMs = 0;
  #owedMs = 0;

  constructor(options: ReadPaceOptions = READ_PACE) {
    this.#options = options;
  }

  /** Offers some bytes. Answers how long may be waited until they are taken. */
  offer(bytes: number): number {
    this.#owedMs = (bytes * 1000) / this.#options.bytesPerSecond;
    return this.#options.graceMs + this.#owedMs - this.#behindMs;
  }

  /** They were taken, after so long. */
  taken(waitedMs: number): void {
    this.#behindMs = Math.max(0, this.#behindMs + waitedMs - this.#owedMs);
  }
}

/** What {@link atPace} needs. */
export interface PacedReading {
  readonly pace: ReadPace;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The reader is too slow: ends it. */
  readonly tooSlow: () => void;
}

/** Hands pieces on as they are taken, as long as that is fast enough. */
export async function* atPace(
  pieces: AsyncIterable<string>,
  { pace, now, tooSlow }: PacedReading,
): AsyncGenerator<string> {
  for await (const piece of pieces) {
    const timer = setTimeout(tooSlow, pace.offer(Buffer.byteLength(piece))).unref();
    const offered = now();
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
    pace.taken(now() - offered);
  }
}
