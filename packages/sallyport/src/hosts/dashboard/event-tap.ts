import type { SallyportEvent } from "../../events.ts";
import type { SeenEvent } from "./live-message.ts";

/** What happened in a second, the oldest first, as far as there is room. Plain data: workers send it. */
export interface EventBatch {
  readonly events: readonly SeenEvent[];
  /** How many more there were. */
  readonly left: number;
}

/** Takes a batch. Must not throw. */
export type TakeBatch = (batch: EventBatch) => void;

/** In a batch; some 500 bytes each. */
const MOST = 200;
const EVERY_MS = 1000;
/** What happens in good order, and gives way to what does not. */
const USUAL: ReadonlySet<SallyportEvent["type"]> = new Set(["open", "closed", "refresh"]);

/**
 * Shows events to whoever looks, in batches, one a second. Nobody looks: nothing is kept. Where there are more than 200 in a second, refusals
 * and findings take the place of connections that come and go.
 */
export class EventTap {
  readonly #wallNow: () => number;
  readonly #onLooked: (isLooked: boolean) => void;
  readonly #takers = new Set<TakeBatch>();
  #notable: SeenEvent[] = [];
  #usual: SeenEvent[] = [];
  #left = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param onLooked told when the first begins to look, and when the last has ended */
  constructor(wallNow: () => number, onLooked: (isLooked: boolean) => void = () => {}) {
    this.#wallNow = wallNow;
    this.#onLooked = onLooked;
  }

  /** Whether anybody looks. */
  get isLooked(): boolean {
    return this.#takers.size > 0;
  }

  /** Takes an event. */
  take(event: SallyportEvent): void {
    if (this.#takers.size === 0) return;
    // Most of what comes while an attack lasts is counted and no more.
    if (this.#makesRoomFor(event)) this.#keep({ at: this.#wallNow(), ...event });
  }

  /** Takes a batch of another process. */
  takeBatch({ events, left }: EventBatch): void {
    if (this.#takers.size === 0) return;
    for (const event of events) if (this.#makesRoomFor(event)) this.#keep(event);
    this.#left += left;
  }

  /** Has somebody told, from now on. Answers what ends it. */
  look(taker: TakeBatch): () => void {
    this.#takers.add(taker);
    if (this.#takers.size === 1) {
      this.#timer = setInterval(() => this.flush(), EVERY_MS).unref();
      this.#onLooked(true);
    }
    return () => {
      if (!this.#takers.delete(taker) || this.#takers.size > 0) return;
      clearInterval(this.#timer);
      this.#clear();
      this.#onLooked(false);
    };
  }

  /** Tells what has happened. Called by its timer. */
  flush(): void {
    if (this.#notable.length + this.#usual.length + this.#left === 0) return;
    const events = [...this.#notable, ...this.#usual].toSorted((one, other) => one.at - other.at);
    const batch = { events, left: this.#left };
    this.#clear();
    for (const taker of this.#takers) taker(batch);
  }

  /** Whether there is room, or something usual gives way. Counts what is left out: that, or the event. */
  #makesRoomFor({ type }: SallyportEvent): boolean {
    if (this.#notable.length + this.#usual.length < MOST) return true;
    this.#left += 1;
    return !USUAL.has(type) && this.#usual.pop() !== undefined;
  }

  #keep(event: SeenEvent): void {
    (USUAL.has(event.type) ? this.#usual : this.#notable).push(event);
  }

  #clear(): void {
    this.#notable = [];
    this.#usual = [];
    this.#left = 0;
  }
}
