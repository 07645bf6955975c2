import { Buffer } from "node:buffer";
import { OutgoingStream, type StreamPart } from "../session/outgoing-stream.ts";
import { assertSendable, type RawMessage } from "../session/outgoing-message.ts";

/** What is sent piece by piece. */
export type StreamSource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** The connection that a stream is sent on. */
export interface StreamEnd {
  /** Whether messages may still be sent. */
  readonly isOpen: boolean;
  /** Whether bytes wait for the client, beyond what the kernel has taken. */
  readonly clientWaits: boolean;
  /** Whether a message may go on before it is whole; and the largest one, bytes. */
  readonly outgoing: { readonly streams: boolean; readonly maxBytes: number };
  /** Sends something, at once. */
  sendNow(message: RawMessage | OutgoingStream | StreamPart): void;
  /** The source failed when a part of the message had gone. */
  failed(error: unknown): void;
}

type Piece = IteratorResult<string | Uint8Array, unknown>;

/** After so many bytes others have their turn, whatever the kernel takes. */
const TURN_BYTES = 0x1_0000;

/**
 * Sends a message while its source makes it: a fragment for each piece, the next one asked for when the client has room. Where guards have to see it
 * whole, or the route does not stream, it is gathered, within `messageSize.outbound`, and sent as one.
 */
export class StreamSender {
  /** Settles when all of it was sent (`true`), or the connection ended before (`false`). Rejects with what the source threw. */
  readonly done: Promise<boolean>;
  readonly #end: StreamEnd;
  readonly #iterator: Iterator<string | Uint8Array> | AsyncIterator<string | Uint8Array>;
  readonly #opcode: number;
  readonly #settle: PromiseWithResolvers<boolean> = Promise.withResolvers();
  /** `null`: it is gathered. */
  readonly #stream: OutgoingStream | null;
  #gathered: Buffer[] = [];
  #bytes = 0;
  #sinceTurn = 0;
  /** A piece was asked for. */
  #asks = false;
  #isOver = false;

  constructor(end: StreamEnd, source: StreamSource, opcode: number) {
    this.#end = end;
    this.#opcode = opcode;
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.done = this.#settle.promise;
    this.#stream = end.outgoing.streams ? new OutgoingStream(opcode, () => this.wake()) : null;
  }

  /** Waits for its turn, and begins. */
  begin(): void {
    if (this.#stream !== null && this.#end.isOpen) this.#end.sendNow(this.#stream);
    this.wake();
  }

  /** Something has changed: it is its turn, the client has room, or the connection has ended. */
  wake(): void {
    if (this.#isOver) return;
    if (!this.#end.isOpen || this.#stream?.state === "lost") return this.#stop();
    if (this.#asks || this.#stream?.state === "waits") return;
    if (this.#stream !== null && this.#end.clientWaits) return;
    this.#ask();
  }

  #ask(): void {
    this.#asks = true;
    // Not now: the session may be at work.
    void Promise.resolve()
      .then((): Piece | Promise<Piece> => this.#iterator.next())
      .then(
        (piece) => this.#came(piece),
        (error: unknown) => this.#failed(error),
      );
  }

  #came({ done = false, value }: Piece): void {
    if (this.#isOver) return;
    if (done) return this.#finish();
    try {
      assertSendable(value);
      this.#take(value);
    } catch (error) {
      this.#leave();
      return this.#failed(error);
    }
    this.#sinceTurn += value.length;
    if (this.#sinceTurn < TURN_BYTES) return this.#goOn();
    this.#sinceTurn = 0;
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    this.#asks = false;
    this.wake();
  }

  #take(piece: string | Uint8Array): void {
    if (piece.length === 0) return;
    const { outgoing } = this.#end;
    if (this.#stream !== null) return this.#end.sendNow({ stream: this.#stream, piece });
    const bytes = Buffer.from(piece);
    this.#gathered.push(bytes);
    this.#bytes += bytes.length;
    // Too much of it: what is there is refused as a message of that size is.
    if (this.#bytes <= outgoing.maxBytes) return;
    this.#sendGathered();
    this.#stop();
  }

  #finish(): void {
    this.#isOver = true;
    if (this.#stream === null) this.#sendGathered();
    else this.#end.sendNow({ stream: this.#stream, piece: null });
    this.#settle.resolve(this.#end.isOpen);
  }

  #sendGathered(): void {
    this.#end.sendNow({ opcode: this.#opcode, data: Buffer.concat(this.#gathered.splice(0)) });
  }

  /** The source threw. What has gone cannot be taken back, nor be ended as if it were whole: the connection ends. */
  #failed(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#stream?.hasBegun === true) this.#end.failed(error);
    else if (this.#stream !== null) this.#end.sendNow({ stream: this.#stream, piece: undefined });
    this.#settle.reject(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#leave();
    this.#settle.resolve(false);
  }

  /** Tells the source that no more is wanted. */
  #leave(): void {
    // What it does then is its own affair.
    void Promise.resolve()
      .then((): unknown => this.#iterator.return?.())
      .catch(() => {});
  }
}
