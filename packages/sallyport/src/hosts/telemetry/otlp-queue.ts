import type { Emit } from "../../events.ts";
import type { OutgoingClock } from "../outgoing-clock.ts";
import type { CountOutput } from "../output-count.ts";
import { FIRST_PAUSE_MS, outgoingPause } from "../outgoing-pause.ts";
import { whyNotTaken, type PostOutcome } from "../outgoing-post.ts";
import { OutgoingWaits } from "../outgoing-waits.ts";
import type { TimedEvent } from "./otlp-records.ts";

/** What a queue is lent. */
export interface OtlpQueueServices extends OutgoingClock {
  /** What is sent, in words: `log records` or `spans`. */
  readonly what: string;
  /** What may be shown of where it goes. */
  readonly host: string;
  /** Sends one batch; `refusedItems` of those that were taken. Never rejects. */
  readonly send: (batch: readonly TimedEvent[], signal: AbortSignal) => Promise<OtlpOutcome>;
  readonly emit: Emit;
  readonly count: CountOutput;
}

/** What came of a batch. */
export interface OtlpOutcome {
  readonly outcome: PostOutcome;
  /** Of a batch that was taken: how many the collector refused (OTLP, Partial Success). */
  readonly refusedItems: number;
}

/** Events that wait: some 8 MiB. What comes beyond is lost, and counted. */
const MAX_WAITING = 8192;
/** Events of one request: a quarter of a MiB, about. */
const MAX_BATCH = 512;
/** The longest that an event waits for others. */
const GATHER_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** How long one batch is tried again; after that it is lost, and the next one has its turn. */
const RETRY_FOR_MS = 300_000;
/** A loss is told no more often: what tells of it is an event, too. */
const TELL_LOSS_EVERY_MS = 60_000;
/** Gathers events, sends them in batches, one after the other, and holds a bounded number. Nobody waits for it. */
export class OtlpQueue {
  readonly #services: OtlpQueueServices;
  readonly #waits: OutgoingWaits;
  readonly #gaveUp = new AbortController();
  #waiting: TimedEvent[] = [];
  #running: Promise<void> | null = null;
  #failing = false;
  #lost = 0;
  #lossToldAt = Number.NEGATIVE_INFINITY;

  constructor(services: OtlpQueueServices) {
    this.#services = services;
    this.#waits = new OutgoingWaits(services);
  }

  /** Takes an event, and returns at once. */
  take(timed: TimedEvent): void {
    if (this.#waits.ended || this.#waiting.length >= MAX_WAITING) {
      this.#lost += 1;
      this.#services.count("otlp", "dropped", 1);
      return;
    }
    this.#waiting.push(timed);
    if (this.#waiting.length >= MAX_BATCH) this.#waits.wake();
    this.#running ??= this.#run();
  }

  /** Sends what waits, within a time. Answers how many events were lost and not told. */
  async close(withinMs: number): Promise<number> {
    this.#waits.end();
    await this.#waits.within(withinMs, this.#running);
    this.#gaveUp.abort();
    return this.#lost + this.#waiting.length;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#gaveUp.signal.aborted) {
      if (this.#waiting.length < MAX_BATCH) await this.#waits.forMore(GATHER_MS);
      await this.#deliver(this.#waiting.slice(0, MAX_BATCH));
    }
    this.#running = null;
  }

  /** What is on its way stays among what waits, and so within its bound. */
  async #deliver(batch: readonly TimedEvent[]): Promise<void> {
    const begun = this.#services.now();
    let wait = FIRST_PAUSE_MS;
    for (;;) {
      const { outcome, refusedItems } = await this.#services.send(batch, this.#gaveUp.signal);
      if (this.#gaveUp.signal.aborted) return;
      if (outcome.kind === "taken") {
        this.#lost += refusedItems;
        this.#services.count("otlp", "sent", Math.max(batch.length - refusedItems, 0));
        this.#services.count("otlp", "failed", refusedItems);
        this.#works();
        break;
      }
      this.#fails(outcome);
      const pause = outgoingPause(outcome, wait, this.#services.random);
      const isOver = this.#services.now() + pause - begun > RETRY_FOR_MS;
      if (this.#waits.ended || pause < 0 || isOver) {
        this.#lost += batch.length;
        this.#services.count("otlp", "failed", batch.length);
        break;
      }
      await this.#waits.forMs(pause);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    this.#waiting.splice(0, batch.length);
  }

  #fails(outcome: Exclude<PostOutcome, { kind: "taken" }>): void {
    if (this.#failing) return;
    this.#failing = true;
    const { host, what } = this.#services;
    this.#tell("warn", "telemetry is not delivered", `${what} to ${host}: ${whyNotTaken(outcome)}`);
  }

  #works(): void {
    const { host, what, now } = this.#services;
    if (this.#failing) this.#tell("info", "telemetry is delivered again", `${what} to ${host}`);
    this.#failing = false;
    if (this.#lost === 0 || now() - this.#lossToldAt < TELL_LOSS_EVERY_MS) return;
    this.#lossToldAt = now();
    const count = this.#lost;
    this.#lost = 0;
    this.#tell("warn", "telemetry was lost", `${count} ${what} to ${host}`);
  }

  #tell(level: "info" | "warn", message: string, detail: string): void {
    this.#services.emit({ type: "gate", level, message, detail });
  }
}
