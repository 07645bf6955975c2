/** What the feed carries. */
export interface FeedShape {
  readonly name: string;
  /** What the table calls it. */
  readonly title: string;
  /** Messages a second. */
  readonly rate: number;
  /** Updates in each message. */
  readonly updates: number;
}

/** One message of the feed, as text. */
export interface FeedMessage {
  /** From 1, without gaps. */
  readonly number: number;
  readonly text: string;
}

/** Messages that are kept for those who come to ask. */
const KEPT = 500;

/** Microseconds of a clock that all processes of this machine share. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** A moment as the feed says it. Not in decimal digits: one in ten of those has the check digit of a payment card. */
export function writeMoment(microseconds: number): string {
  return microseconds.toString(36);
}

/** The moment that `writeMoment` wrote. */
export function readMoment(text: string): number {
  return Number.parseInt(text, 36);
}

/** The trading feed: a book whose levels change. Everybody is told the same. */
export class Feed {
  readonly #shape: FeedShape;
  readonly #listeners = new Set<(message: FeedMessage) => void>();
  readonly #kept: FeedMessage[] = [];
  #number = 0;

  constructor(shape: FeedShape) {
    this.#shape = shape;
  }

  /** Has the book change from now on. What a late timer has missed is made up for: the rate is what it says. */
  start(): void {
    const began = performance.now();
    const { rate } = this.#shape;
    setInterval(() => {
      const due = Math.floor(((performance.now() - began) / 1000) * rate);
      while (this.#number < due) this.#publish();
    }, 1000 / rate);
  }

  /** Tells somebody of every message from now on. @returns what ends that */
  listen(listener: (message: FeedMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What came behind this number, oldest first, as far as it is kept. Behind -1, which no message has: nothing. */
  after(number: number): readonly FeedMessage[] {
    const oldest = this.#kept[0]?.number ?? 0;
    return number < 0 ? [] : this.#kept.slice(Math.max(0, number - oldest + 1));
  }

  #publish(): void {
    this.#number += 1;
    const updates = Array.from({ length: this.#shape.updates }, (_, index) => this.#update(index));
    const text = JSON.stringify({
      type: "book",
      number: this.#number,
      at: writeMoment(sharedClock()),
      updates,
    });
    const message = { number: this.#number, text };
    this.#kept.push(message);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener(message);
  }

  /** A side of the book, a price in cents and how much is there. */
  #update(index: number): readonly [string, number, number] {
    const step = this.#number * 31 + index * 17;
    return [step % 2 === 0 ? "bid" : "ask", 10_000 + (step % 41) - 20, 1 + ((step * 7) % 900)];
  }
}
