import { opcode as opcodes } from "../protocol/opcode.ts";
import { encodeMessage, type OutgoingMessage } from "../session/outgoing-message.ts";

/** Who can be subscribed to topics. */
export interface Subscriber {
  /** Topics that it is subscribed to; `null`: none. */
  topics: Set<string> | null;
  send(message: OutgoingMessage): unknown;
}

/** Who is subscribed to what, in this process. What is published is encoded once for all receivers. */
export class Topics {
  readonly #subscribers = new Map<string, Set<Subscriber>>();

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

  /** Sends to all who are subscribed, but one. Each connection's own guards judge it. Answers to how many it was sent. */
  publish(topic: string, data: string | Uint8Array, but: Subscriber | null = null): number {
    const known = this.#subscribers.get(topic);
    if (known === undefined) return 0;
    const message = encodeMessage(typeof data === "string" ? opcodes.text : opcodes.binary, data, true);
    let sent = 0;
    for (const subscriber of known) {
      if (subscriber === but) continue;
      subscriber.send(message);
      sent += 1;
    }
    return sent;
  }
}

const NONE: ReadonlySet<string> = new Set();
