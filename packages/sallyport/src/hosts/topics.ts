import { opcode as opcodes } from "../protocol/opcode.ts";
import { assertSendable, encodeMessage, type OutgoingMessage } from "../session/outgoing-message.ts";

/** Who can be subscribed to topics. */
export interface Subscriber {
  /** Topics that it is subscribed to; `null`: none. */
  topics: Set<string> | null;
  /** @param atOnce whether it is written now, in place of at the end of the turn */
  send(message: OutgoingMessage, atOnce: boolean): unknown;
}

/** Who is subscribed to what, in this process. What is published is encoded once for all receivers. */
export class Topics {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  /** Nothing was published in this turn of the event loop yet. */
  #isFirst = true;

  /** Subscribes, once. */
  join(topic: string, subscriber: Subscriber): void {
    subscriber.topics ??= new Set();
    subscriber.topics.add(topic);
    const known = this.#subscribers.get(topic);
    if (known === undefined) this.#subscribers.set(topic, new Set([subscriber]));
    else known.add(subscriber);
  }

  /** Ends a subscription, or all of them. */
  leave(subscriber: Subscriber, topic?: string): void {
    for (const name of topic === undefined ? (subscriber.topics ?? NONE) : [topic]) {
      const known = this.#subscribers.get(name);
      known?.delete(subscriber);
      if (known?.size === 0) this.#subscribers.delete(name);
      if (topic !== undefined) subscriber.topics?.delete(topic);
    }
    if (topic === undefined) subscriber.topics = null;
  }

  /** How many are subscribed. */
  count(topic: string): number {
    return this.#subscribers.get(topic)?.size ?? 0;
  }

  /**
   * Sends to all who are subscribed, but one. Each connection's own guards judge it. Answers to how many it was sent.
   *
   * @throws {TypeError} for what is neither a string nor bytes
   */
  publish(topic: string, data: string | Uint8Array, but: Subscriber | null = null): number {
    assertSendable(data);
    const known = this.#subscribers.get(topic);
    if (known === undefined) return 0;
    const message = encodeMessage(typeof data === "string" ? opcodes.text : opcodes.binary, data, true);
    // To come back to a thousand connections for one message costs as much as to write it: the first of a turn is written while each is
    // at hand, and what follows in the same turn leaves together.
    const atOnce = this.#isFirst;
    this.#isFirst = false;
    if (atOnce) process.nextTick(() => (this.#isFirst = true));
    let sent = 0;
    for (const subscriber of known) {
      if (subscriber === but) continue;
      subscriber.send(message, atOnce);
      sent += 1;
    }
    return sent;
  }
}

const NONE: ReadonlySet<string> = new Set();
