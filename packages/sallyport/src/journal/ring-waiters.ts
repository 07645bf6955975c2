import { distance } from "./ring-layout.ts";
import type { RingProducer } from "./ring-producer.ts";

interface Room {
  /** Bytes that are to go in. */
  readonly content: number;
  readonly done: () => void;
}

interface Durable {
  readonly position: number;
  readonly done: (durable: boolean) => void;
}

/** Those who wait for the consumer of a ring. It is told whenever that has released something. */
export class RingWaiters {
  readonly #ring: RingProducer;
  readonly #durable: Durable[] = [];
  #rooms: Room[] = [];
  #ended = false;

  constructor(ring: RingProducer) {
    this.#ring = ring;
  }

  /** Waits until everything that was written is released; `false` where it never will be. */
  durable(): Promise<boolean> {
    const isDurable = this.#isReleased(this.#ring.head);
    if (isDurable || this.#ended) return Promise.resolve(isDurable);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#durable.push({ position: this.#ring.hurry(), done: resolve });
    return promise;
  }

  /** Waits until so much content goes in, or never will. */
  room(content: number): Promise<void> {
    if (this.#ended || this.#ring.hasRoom(content)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#rooms.push({ content, done: resolve });
    this.#ring.hurry();
    return promise;
  }

  /** Answers those who waited for what is released now. */
  settle(): void {
    while (this.#durable[0] !== undefined && this.#isReleased(this.#durable[0].position))
      this.#durable.shift()?.done(true);
    if (this.#durable.length > 0) this.#ring.hurry();
    if (this.#rooms.length === 0) return;
    const rooms = this.#rooms;
    this.#rooms = rooms.filter(({ content }) => !this.#ring.hasRoom(content));
    for (const room of rooms) if (!this.#rooms.includes(room)) room.done();
    if (this.#rooms.length > 0) this.#ring.hurry();
  }

  /** Nothing is released any more. */
  end(): void {
    this.#ended = true;
    this.settle();
    for (const { done } of this.#durable.splice(0)) done(false);
    for (const { done } of this.#rooms.splice(0)) done();
  }

  #isReleased(position: number): boolean {
    return distance(position, this.#ring.tail) < 0x80000000;
  }
}
