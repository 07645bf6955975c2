import type { WatchSignal } from "../watch/signal.ts";

/** What a process has gathered for the watch of another. */
export interface SignalBatch {
  readonly signals: readonly WatchSignal[];
  /** How many more there were, that found no room. */
  readonly leftOut: number;
}

/** Sends a batch to the process that has the watch. Resolves when it was taken. */
export type SendSignals = (batch: SignalBatch) => Promise<void>;

const SEND_EVERY_MS = 200;
/** Signals that wait, of each type, so that a flood of one leaves room for all others: connections that open and close by the thousand among them. */
const MOST_OF_A_TYPE = 4000;
/** And of all types but refusals, which come in the order in which they happened. */
const MOST_OTHERS = 12_000;

/**
 * Gathers signals for the watch of another process and sends them by and by, one batch at a time. What finds no room is left out,
 * counted, and the count is sent.
 */
export class WatchRelay {
  readonly #send: SendSignals;
  readonly #timer: NodeJS.Timeout;
  #refusals: WatchSignal[] = [];
  #others: WatchSignal[] = [];
  readonly #waiting = new Map<WatchSignal["type"], number>();
  #leftOut = 0;
  #sending: Promise<void> | null = null;

  constructor(send: SendSignals) {
    this.#send = send;
    this.#timer = setInterval(() => void this.flush(), SEND_EVERY_MS).unref();
  }

  /** Takes a signal. */
  take(signal: WatchSignal): void {
    const { type } = signal;
    const alike = this.#waiting.get(type) ?? 0;
    const isRefusal = type === "handshake";
    if (alike >= MOST_OF_A_TYPE || (!isRefusal && this.#others.length >= MOST_OTHERS)) {
      this.#leftOut += 1;
      return;
    }
    this.#waiting.set(type, alike + 1);
    (isRefusal ? this.#refusals : this.#others).push(signal);
  }

  /** Sends what waits, unless a batch is under way. Called by its timer. */
  async flush(): Promise<void> {
    if (this.#sending !== null || this.#refusals.length + this.#others.length + this.#leftOut === 0) return;
    const batch = { signals: [...this.#refusals, ...this.#others], leftOut: this.#leftOut };
    this.#refusals = [];
    this.#others = [];
    this.#waiting.clear();
    this.#leftOut = 0;
    this.#sending = this.#deliver(batch);
    await this.#sending;
  }

  async #deliver(batch: SignalBatch): Promise<void> {
    try {
      await this.#send(batch);
    } catch {
      // Nobody has the watch any more: this process is about to end, too.
      this.#leftOut += batch.signals.length + batch.leftOut;
    } finally {
      this.#sending = null;
    }
  }

  /** Nothing more comes. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    // What came while a batch was under way: at the end that is how the last connections ended.
    await this.#sending;
    await this.flush();
  }
}
