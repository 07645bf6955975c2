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
/** Signals that wait, of each of two sorts, so that a flood of refusals leaves room for everything else. */
const MOST_REFUSALS = 4000;
const MOST_OTHERS = 8000;

/**
 * Gathers signals for the watch of another process and sends them by and by, one batch at a time. What finds no room is left out,
 * counted, and the count is sent.
 */
export class WatchRelay {
  readonly #send: SendSignals;
  readonly #timer: NodeJS.Timeout;
  #refusals: WatchSignal[] = [];
  #others: WatchSignal[] = [];
  #leftOut = 0;
  #sending: Promise<void> | null = null;

  constructor(send: SendSignals) {
    this.#send = send;
    this.#timer = setInterval(() => void this.flush(), SEND_EVERY_MS).unref();
  }

  /** Takes a signal. */
  take(signal: WatchSignal): void {
    const isRefusal = signal.type === "handshake";
    const waiting = isRefusal ? this.#refusals : this.#others;
    if (waiting.length >= (isRefusal ? MOST_REFUSALS : MOST_OTHERS)) this.#leftOut += 1;
    else waiting.push(signal);
  }

  /** Sends what waits, unless a batch is under way. Called by its timer. */
  async flush(): Promise<void> {
    if (this.#sending !== null || this.#refusals.length + this.#others.length + this.#leftOut === 0) return;
    const batch = { signals: [...this.#refusals, ...this.#others], leftOut: this.#leftOut };
    this.#refusals = [];
    this.#others = [];
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
