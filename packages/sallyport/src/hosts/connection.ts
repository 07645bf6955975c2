import { Buffer } from "node:buffer";
import type { Identity, RequestFacts } from "../guards/guard.ts";
import { maySendCloseCode } from "../protocol/close-code.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import { assertSendable } from "../session/outgoing-message.ts";
import type { ConnectionClose } from "./connection-close.ts";
import type { MessageEnd } from "./message-end.ts";
import type { StreamSource } from "./stream-sender.ts";

/** A message that every guard let pass. */
export interface ReceivedMessage {
  /** Text as a string, which was valid UTF-8; binary as bytes of its own. */
  readonly data: string | Buffer;
  readonly isBinary: boolean;
}

/** How a message is sent. */
export interface SendOptions {
  /** Whether bytes are sent as a binary message; `false`: as text, which they must be. Default: `true`. A string is always text. */
  readonly binary?: boolean;
}

/** What ends a wait early. */
export interface IterationOptions {
  /** Ends the iteration when it aborts; the connection stays open. */
  readonly signal?: AbortSignal;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
/** RFC 6455 5.5: a control frame has at most 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;

/**
 * One client, as the application has it: it was admitted by the guards, and so was every message that it brings. `State` is the
 * application's own.
 *
 * Messages are read with `for await`, one loop at a time; what nobody reads waits up to `queueBytes`, and then the client is not
 * read any further. The loop ends with the connection, and never throws.
 */
export class Connection<State = undefined> implements AsyncIterable<ReceivedMessage> {
  /** The application's own, typed: what its `upgrade` made. */
  state: State;
  readonly #end: MessageEnd<State>;
  #closed: Promise<ConnectionClose> | null = null;
  #signal: AbortSignal | null = null;

  /** Made by `listen` alone. */
  constructor(end: MessageEnd<State>, state: State) {
    this.#end = end;
    this.state = state;
  }

  /** The session's id, as in the log, the journal and the admin API. */
  get id(): string {
    return this.#facts?.session ?? "";
  }

  /** Who the client is, as the `identity` guard found; another object once its proof was renewed. */
  get identity(): Identity {
    const facts = this.#facts;
    if (facts === undefined) throw new TypeError("the connection is not open yet");
    return facts.identity;
  }

  /** What was asked for: path, host, origin and whether by TLS. Query and fields are `upgrade`'s to see. */
  get request(): RequestFacts {
    const facts = this.#facts;
    if (facts === undefined) throw new TypeError("the connection is not open yet");
    return facts.request;
  }

  /** The client's address: the socket's, or what a trusted proxy told. */
  get remoteAddress(): string {
    return this.#facts?.address ?? "";
  }

  /** The subprotocol in use; `null`: none. */
  get subprotocol(): string | null {
    return this.#facts?.request.subprotocol ?? null;
  }

  /** Whether messages may be sent: no Close has come or gone yet. */
  get isOpen(): boolean {
    return this.#end.isOpen;
  }

  /** Bytes that wait for the client, beyond what the kernel has taken. `slowConsumer` says how many may. */
  get bufferedAmount(): number {
    return this.#end.driver?.session.outlets.waitingBytes ?? 0;
  }

  /**
   * Sends a message: a string as text, bytes as a binary message. Bytes are copied. What is sent in one turn of the event loop leaves in
   * one write. The guards look at it as at every message: it may be dropped, or redacted, or end the connection.
   *
   * Resolves when the client has room for more, at once while it has, so that `await` is all that back-pressure needs. Never
   * rejects: what is sent when the connection has ended goes nowhere.
   *
   * @throws {TypeError} for what is neither: a member of somebody's JSON is whatever they made it
   */
  send(data: string | Uint8Array, { binary = true }: SendOptions = {}): PromiseLike<void> {
    assertSendable(data);
    const opcode = typeof data === "string" || !binary ? opcodes.text : opcodes.binary;
    return this.#end.send({ opcode, data });
  }

  /**
   * Sends one message while its source makes it: a fragment for each piece (RFC 6455 5.4), strings as UTF-8. The next piece is asked for when the
   * client has room; what is sent meanwhile waits behind the message, in order. Where the route does not say `messageSize.stream: true`, or a guard
   * reads what is sent, it is gathered, within `messageSize.outbound`, and sent once it is whole.
   *
   * Resolves with `true` when all of it was sent, with `false` when the connection ended before; the source is then told by `return`. Rejects with
   * what the source throws: where a fragment had gone, the connection is closed (1011), since the message can be neither finished nor taken back.
   *
   * @param options `binary`: whether it is a binary message; `false`: text. Default: `true`
   */
  sendStream(source: StreamSource, { binary = true }: SendOptions = {}): PromiseLike<boolean> {
    return this.#end.work.sendStream(source, binary ? opcodes.binary : opcodes.text);
  }

  /**
   * Pings the client, beside the gate's own heartbeat, which waits meanwhile. Resolves with `true` when its pong has come, with `false` when the
   * connection ended before. One with the same bytes as another that is not answered yet is not sent again.
   *
   * @param data at most 125 bytes. Default: random ones
   * @throws {RangeError} for more, and while eight are not answered
   */
  ping(data?: string | Uint8Array): PromiseLike<boolean> {
    return this.#end.work.ping(data);
  }

  /** Resolves when nothing waits for the client any more, or the connection has ended. */
  drained(): PromiseLike<void> {
    return this.#end.drained();
  }

  /**
   * Closes the connection, behind everything that was sent.
   *
   * @param code 1000 to 1014 where the RFC lets it be sent, or 3000 to 4999; absent: a Close without a code
   * @param reason at most 123 bytes of UTF-8
   * @throws {RangeError} for a code that must not be sent, or a reason that is too long
   */
  close(code?: number, reason = ""): void {
    if (code !== undefined && !maySendCloseCode(code)) throw new RangeError(`${code} must not be sent`);
    if (Buffer.byteLength(reason) > MAX_REASON_BYTES)
      throw new RangeError("the reason is longer than 123 bytes");
    if (this.#end.isOpen) this.#end.driver?.shut(code ?? null, code === undefined ? "" : reason);
  }

  /** Ends both halves of the socket at once, without a Close. What waits is lost. */
  terminate(): void {
    if (this.#end.ended === null) this.#end.driver?.destroy("client");
  }

  /** How it ended. Never rejects. */
  get closed(): Promise<ConnectionClose> {
    return (this.#closed ??= new Promise((resolve) => this.#end.onEnd(resolve)));
  }

  /** A signal that aborts when the connection has ended, for what goes on beside it. */
  get signal(): AbortSignal {
    if (this.#signal !== null) return this.#signal;
    const controller = new AbortController();
    this.#signal = controller.signal;
    this.#end.onEnd(() => controller.abort());
    return controller.signal;
  }

  /**
   * Subscribes to what is published on a topic.
   *
   * @throws {RangeError} beyond `maxTopics`, and for a name longer than `maxTopicLength`
   */
  subscribe(topic: string): void {
    const { server, topics, ended } = this.#end;
    if (topic.length > server.maxTopicLength)
      throw new RangeError(`the name of a topic has ${server.maxTopicLength} UTF-16 units at most`);
    if (ended !== null) return;
    if (topics?.has(topic) !== true && (topics?.size ?? 0) >= server.maxTopics)
      throw new RangeError(`a connection subscribes to ${server.maxTopics} topics at most`);
    server.topics.join(topic, this.#end);
  }

  /** Ends a subscription. */
  unsubscribe(topic: string): void {
    this.#end.server.topics.leave(this.#end, topic);
  }

  /** What it is subscribed to. */
  get topics(): readonly string[] {
    return [...(this.#end.topics ?? [])];
  }

  /**
   * Publishes to all others that are subscribed to a topic. Answers how many.
   *
   * @throws {TypeError} for what is neither a string nor bytes
   */
  publish(topic: string, data: string | Uint8Array): number {
    return this.#end.server.topics.publish(topic, data, this.#end);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ReceivedMessage, undefined> {
    return this.messages();
  }

  /** The messages, as the connection itself is iterated; with a signal that ends the iteration. */
  messages({ signal }: IterationOptions = {}): AsyncIterableIterator<ReceivedMessage, undefined> {
    const end = this.#end;
    let isOver = false;
    const iterator: AsyncIterableIterator<ReceivedMessage, undefined> = {
      next() {
        if (isOver || signal?.aborted === true) return Promise.resolve(DONE);
        return new Promise((resolve) => {
          const onAbort = (): void => {
            end.untake(taker);
            resolve(DONE);
          };
          const taker = (data: string | Buffer | null): void => {
            signal?.removeEventListener("abort", onAbort);
            if (data === null) resolve(DONE);
            else resolve({ done: false, value: { data, isBinary: typeof data !== "string" } });
          };
          signal?.addEventListener("abort", onAbort, { once: true });
          end.take(taker);
        });
      },
      return() {
        isOver = true;
        return Promise.resolve(DONE);
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  get #facts() {
    return this.#end.session?.facts;
  }
}
