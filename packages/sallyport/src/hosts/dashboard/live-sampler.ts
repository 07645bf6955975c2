import { sampleBetween, type Reading } from "./gate-sample.ts";
import type { GateTotals } from "./gate-totals.ts";
import type { GateSample } from "./live-message.ts";

/** What samples are made of. */
export interface LiveSamplerOptions {
  readonly totals: () => GateTotals | Promise<GateTotals>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number;
  /** Takes each sample of a second while somebody looks. */
  readonly take: (sample: GateSample) => void;
  /** It could not be read; the next second it is tried again. */
  readonly failed: (error: unknown) => void;
}

/** Between two samples that somebody sees. */
export const SAMPLE_MS = 1000;
/** Between two that are kept; nobody needs to look. */
const KEPT_MS = 10_000;
/** An hour; a gate of ten routes takes some 2 kB for each. */
const KEPT = 360;

/**
 * Takes samples of a gate: each second while somebody looks, and else once in ten seconds, of which the last hour is kept. That is all it does
 * while nobody looks.
 */
export class LiveSampler {
  readonly #options: LiveSamplerOptions;
  #kept: readonly GateSample[] = [];
  #last: Reading | null = null;
  #lastKept: Reading | null = null;
  #keptDelayMs = 0;
  #isLooked = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: LiveSamplerOptions) {
    this.#options = options;
  }

  /** The last hour, the oldest first: the same list until another sample is kept. */
  get history(): readonly GateSample[] {
    return this.#kept;
  }

  /** Whether anybody looks. The first sample then comes within a second. */
  setLooked(isLooked: boolean): void {
    if (isLooked === this.#isLooked) return;
    this.#isLooked = isLooked;
    void this.look();
  }

  /** Reads what was counted, and has the next reading come. Called by its timer. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const { totals, now, wallNow, failed } = this.#options;
    try {
      const counted = await totals();
      if (!this.#isClosed) this.#take({ at: wallNow(), now: now(), totals: counted });
    } catch (error) {
      failed(error);
    }
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.look(), this.#isLooked ? SAMPLE_MS : KEPT_MS).unref();
  }

  /** Nothing more is read. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #take(reading: Reading): void {
    const { loopDelayMs } = reading.totals;
    this.#keptDelayMs = Math.max(this.#keptDelayMs, loopDelayMs);
    // Whoever begins to look has it read once more between two seconds: that is too short for a rate.
    if (this.#last !== null && reading.now - this.#last.now < SAMPLE_MS / 2) return;
    if (this.#isLooked && this.#last !== null) this.#options.take(sampleBetween(this.#last, reading));
    this.#last = reading;
    const kept = this.#lastKept;
    // A timer may be early by a fraction of a millisecond.
    if (kept !== null && reading.now - kept.now < KEPT_MS - 1) return;
    if (kept !== null) {
      const sample = { ...sampleBetween(kept, reading), loopDelayMs: Math.round(this.#keptDelayMs) };
      this.#kept = [...this.#kept, sample].slice(-KEPT);
    }
    this.#lastKept = reading;
    this.#keptDelayMs = 0;
  }
}
