import type { OutgoingStream, StreamPart } from "../session/outgoing-stream.ts";
import type { RawMessage, SentMessage } from "../session/outgoing-message.ts";
import type { Driver } from "./driver.ts";
import { OutgoingPings } from "./outgoing-pings.ts";
import { StreamSender, type StreamEnd, type StreamSource } from "./stream-sender.ts";

/** The connection that the work is done for. */
export interface WorkingEnd {
  readonly isOpen: boolean;
  /** `null`: it is not open yet. */
  readonly driver: Driver | null;
  send(message: SentMessage | StreamPart, atOnce: boolean): unknown;
  /** The application failed: the connection ends with 1011. */
  fail(error: unknown): void;
}

const NEVER = { streams: false, maxBytes: 0 };

/** What an application has under way towards a client, beside messages: pings that were not answered, and streams. Few connections have any. */
export class OutgoingWork implements StreamEnd {
  readonly #end: WorkingEnd;
  readonly #pings: OutgoingPings;
  readonly #senders = new Set<StreamSender>();

  constructor(end: WorkingEnd) {
    this.#end = end;
    this.#pings = new OutgoingPings((payload) => end.driver?.ping(payload));
  }

  get isOpen(): boolean {
    return this.#end.isOpen;
  }

  get clientWaits(): boolean {
    return this.#end.driver?.session.outlets.waitingSince.client != null;
  }

  get outgoing(): StreamEnd["outgoing"] {
    return this.#end.driver?.session.bound.outgoing ?? NEVER;
  }

  sendNow(message: RawMessage | OutgoingStream | StreamPart): void {
    this.#end.send(message, true);
  }

  failed(error: unknown): void {
    this.#end.fail(error);
  }

  /** Pings the client. Resolves with whether it answered before the end of the connection. */
  ping(data?: string | Uint8Array): Promise<boolean> {
    return this.isOpen ? this.#pings.ping(data) : Promise.resolve(false);
  }

  /** A pong came. */
  answered(pong: Uint8Array): void {
    this.#pings.answered(pong);
  }

  /** Sends a message piece by piece, behind everything that was sent before. */
  async sendStream(source: StreamSource, opcode: number): Promise<boolean> {
    const sender = new StreamSender(this, source, opcode);
    this.#senders.add(sender);
    try {
      sender.begin();
      return await sender.done;
    } finally {
      this.#senders.delete(sender);
    }
  }

  /** The client has room again, or the connection has ended. */
  wake(): void {
    for (const sender of this.#senders) sender.wake();
    if (!this.isOpen) this.#pings.end();
  }
}
