import type { JournalEvent, SessionFacts } from "./journal-record.ts";
import type { Appended, JournalSession } from "./journal-session.ts";
import { RecordIntake } from "./record-intake.ts";
import { RingConsumer } from "./ring-consumer.ts";
import { createRingMemory, PAYLOAD_BYTES, RING_BYTES } from "./ring-layout.ts";
import { RingProducer } from "./ring-producer.ts";

/** How records go to the process that writes them. */
export interface RelaySenderOptions {
  readonly whenFull: "shed" | "block";
  /** Takes entries to the other process; resolves when its journal has them. Rejects when that process has gone. */
  readonly send: (entries: Uint8Array) => Promise<void>;
  /** Records begin to be shed. */
  readonly onShed: () => void;
  /** A power of two; default 8 MiB. */
  readonly ringBytes?: number;
}

/** One entry may be larger. */
const BATCH_BYTES = 256 * 1024;

/**
 * The entrance of a journal that another process writes. Records gather in a ring, as they do before a writer's thread, and `pump`
 * sends them on, one batch after the other: while the other process has no room the ring fills, and what finds none here is shed
 * or waits as the journal says.
 */
export class RelaySender {
  readonly #options: RelaySenderOptions;
  readonly #consumer: RingConsumer;
  readonly #ring: RingProducer;
  readonly #intake: RecordIntake;
  #pumping: Promise<void> | null = null;
  #rooms: (() => void)[] = [];
  #ended = false;

  constructor(options: RelaySenderOptions) {
    const memory = createRingMemory(options.ringBytes ?? RING_BYTES);
    this.#options = options;
    this.#ring = new RingProducer(memory);
    this.#consumer = new RingConsumer(memory);
    const { whenFull, onShed } = options;
    this.#intake = new RecordIntake(this.#ring, { whenFull, payloadBytes: PAYLOAD_BYTES, onShed });
  }

  /** Records an event. @param time wall clock, milliseconds since 1970 */
  append(time: number, event: JournalEvent): Appended {
    return this.#intake.append(time, event);
  }

  /** Begins a session. */
  session(facts: SessionFacts): JournalSession {
    return this.#intake.session(facts);
  }

  /** Waits until there is room for a record, where `full` was answered. */
  room(): Promise<void> {
    if (this.#ended || this.#hasRoom()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#rooms.push(resolve);
    void this.pump();
    return promise;
  }

  /** Sends what has gathered, until nothing has. Never rejects. */
  pump(): Promise<void> {
    if (this.#ended || this.#consumer.waiting === 0) return this.#pumping ?? Promise.resolve();
    this.#pumping ??= this.#send();
    return this.#pumping;
  }

  /** Sends everything; `false` where not all of it got there. */
  async close(): Promise<boolean> {
    await this.pump();
    const complete = !this.#ended && this.#intake.hasToldAll;
    this.#end();
    return complete;
  }

  async #send(): Promise<void> {
    try {
      while (this.#consumer.waiting > 0) {
        const { entries, position } = this.#consumer.copy(BATCH_BYTES);
        await this.#options.send(entries);
        this.#consumer.release(position);
        this.#settle();
      }
    } catch {
      this.#end();
    }
    // In the same step as the last look: what comes behind it begins another turn.
    this.#pumping = null;
  }

  #hasRoom(): boolean {
    return this.#ring.hasRoom(this.#ring.maxContent / 2);
  }

  #settle(): void {
    if (!this.#ended && !this.#hasRoom()) return;
    for (const room of this.#rooms.splice(0)) room();
  }

  #end(): void {
    this.#ended = true;
    this.#intake.end();
    this.#settle();
  }
}
