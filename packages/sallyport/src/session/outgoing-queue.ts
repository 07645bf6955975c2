import type { OutgoingMessage } from "./outgoing-message.ts";

/** What a message that waits is counted as: however short it is, it takes this much memory at least. */
const LEAST_WEIGHT = 64;
/** So many messages that have gone on are kept at the beginning before it is cut. */
const MOST_GONE = 1024;

/** Messages of an application that wait, in order. */
export class OutgoingQueue {
  /** What they are counted as. */
  bytes = 0;
  #messages: OutgoingMessage[] = [];
  /** Messages at its beginning that have gone on. */
  #gone = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#gone === this.#messages.length;
  }

  /** Adds a message behind all others. */
  push(message: OutgoingMessage): void {
    this.#messages.push(message);
    this.bytes += weightOf(message);
  }

  /** Puts a message before all others. */
  putFirst(message: OutgoingMessage): void {
    this.#messages = [message, ...this.#messages.slice(this.#gone)];
    this.#gone = 0;
    this.bytes += weightOf(message);
  }

  /** Takes the first; `null`: there is none. */
  shift(): OutgoingMessage | null {
    const first = this.#messages[this.#gone];
    if (first === undefined) return null;
    this.#gone += 1;
    this.bytes -= weightOf(first);
    if (this.#gone === MOST_GONE) {
      this.#messages.splice(0, MOST_GONE);
      this.#gone = 0;
    }
    return first;
  }
}

function weightOf({ frame }: OutgoingMessage): number {
  return Math.max(frame.length, LEAST_WEIGHT);
}
