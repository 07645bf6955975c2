import type { Buffer } from "node:buffer";

type Step = IteratorResult<Buffer, undefined>;

/** Somebody who waits for the next piece. */
type Reader = PromiseWithResolvers<Step>;

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A large message, read piece by piece while it comes: `for await`, or `ReadableStream.from(body)`. One reader; what it has not
 * taken yet counts in `queueBytes`, so that a slow one slows the client.
 *
 * The iteration ends when all of the message has come and passed. It throws a {@link MessageCutShort} where that cannot happen any more: the
 * client went away in the middle, or broke a rule, or a guard ended the connection. Nothing that came before is to be taken for the whole.
 */
export class MessageBody implements AsyncIterable<Buffer> {
  /** Whether it is a binary message; `false`: text, whose pieces may end in the middle of a character, and together are valid UTF-8. */
  readonly isBinary: boolean;
  /** Why it ended early; `null`: it has not. */
  failure: MessageCutShort | null = null;

  readonly #taken: (bytes: number) => void;
  #pieces: Buffer[] = [];
  #readers: Reader[] = [];
  #isWhole = false;
  /** Nobody wants the rest. */
  #isLeft = false;

  /** Made by `listen` alone. @param taken is told how many bytes wait no longer */
  constructor(isBinary: boolean, taken: (bytes: number) => void) {
    this.isBinary = isBinary;
    this.#taken = taken;
  }

  /** Adds a piece, which is not empty. Returns whether it is kept until somebody takes it. */
  push(piece: Buffer): boolean {
    if (this.#isLeft) return false;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#pieces.push(piece);
    else reader.resolve({ done: false, value: piece });
    return reader === undefined;
  }

  /** All of it has come, and passed. */
  finish(): void {
    this.#isWhole = true;
    for (const reader of this.#readers.splice(0)) reader.resolve(DONE);
  }

  /** It never becomes whole. @param atOnce whether what waits is not to be seen any more, either */
  cutShort(atOnce: boolean): void {
    if (this.#isWhole || this.failure !== null) return;
    this.failure = new MessageCutShort();
    if (atOnce) this.#empty();
    for (const reader of this.#readers.splice(0)) reader.reject(this.failure);
  }

  /** Nobody reads it any further: what waits of it, and what still comes, is not kept. */
  leave(): void {
    this.#isLeft = true;
    this.#empty();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer, undefined> {
    const iterator: AsyncIterableIterator<Buffer, undefined> = {
      next: () => this.#next(),
      return: () => {
        this.leave();
        return Promise.resolve(DONE);
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #next(): Promise<Step> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#taken(piece.length);
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.failure !== null) return Promise.reject(this.failure);
    if (this.#isWhole || this.#isLeft) return Promise.resolve(DONE);
    const reader = Promise.withResolvers<Step>();
    this.#readers.push(reader);
    return reader.promise;
  }

  #empty(): void {
    let bytes = 0;
    for (const piece of this.#pieces.splice(0)) bytes += piece.length;
    if (bytes > 0) this.#taken(bytes);
  }
}

/** The rest of a message that was read while it came does not come. */
export class MessageCutShort extends Error {
  override readonly name = "MessageCutShort";

  constructor() {
    super("the connection ended before the message did");
  }
}
