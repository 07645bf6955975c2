import { Buffer } from "node:buffer";
import { isAscii, SHORT_BYTES } from "../protocol/ascii.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { SentMessage } from "../session/outgoing-message.ts";
import type { TakenWire } from "./application.ts";
import { Connection } from "./connection.ts";
import type { Driver } from "./driver.ts";
import type { OpenSession } from "./gate.ts";
import type { Handler } from "./listen-handler.ts";
import type { Topics } from "./topics.ts";
import type { WireEvents } from "./wire.ts";

/** What every connection of a server shares. */
export interface MessageServer<State> {
  readonly handler: Handler<State>;
  readonly topics: Topics;
  /** Bytes that may wait for the handler before the client is read no further. */
  readonly queueBytes: number;
  /** Topics that one connection may subscribe to. */
  readonly maxTopics: number;
  /** The open connections. */
  readonly ends: Set<MessageEnd<State>>;
  /** Tells of a handler that failed when its connection had ended. */
  failed(cause: string): void;
}

/** How a connection ended. */
export interface ConnectionClose {
  /** The close code: the client's own where it closed, 1006 where it vanished; or what the gate tells the application. */
  readonly code: number;
  readonly reason: string;
  /** Whose doing it was. */
  readonly by: "client" | "application" | "gate";
}

type Received = string | Buffer;
type Taker = (data: Received | null) => void;

/** Everything was taken: one promise for all who need not wait. */
const NOTHING_WAITS: Promise<void> = Promise.resolve();

/**
 * The application's end of a connection in this process: what passed the guards waits here until the handler takes it, and what
 * the handler sends goes to the session. Nothing of the application is called while the session is at work.
 */
export class MessageEnd<State> implements TakenWire {
  readonly server: MessageServer<State>;
  readonly connection: Connection<State>;
  /** Topics that it is subscribed to; `null`: none. */
  topics: Set<string> | null = null;
  /** How it ended; `null`: it has not. */
  ended: ConnectionClose | null = null;

  #events: WireEvents | null = null;
  #open: OpenSession | null = null;
  #queue: Received[] = NONE;
  #queuedBytes = 0;
  #full = false;
  /** The handler's own listener is at work with a message. */
  #busy = false;
  #flushing = false;
  #dirty = false;
  /** What was sent in this turn is written at its end. */
  #scheduled = false;
  /** The handler's `close` was called, or there is none. */
  #told = false;
  /** Nothing more comes: the client has closed, or the gate has. */
  #closing = false;
  #answered = false;
  #ending = false;
  #gone = false;
  #takers: Taker[] = NO_TAKERS;
  /** One for all who wait for the client, however much they sent it; `null`: nobody does. */
  #drain: PromiseWithResolvers<void> | null = null;
  #enders: ((close: ConnectionClose) => void)[] = NO_ENDERS;

  constructor(server: MessageServer<State>, state: State) {
    this.server = server;
    this.connection = new Connection(this, state);
  }

  get session(): OpenSession | null {
    return this.#open;
  }

  get driver(): Driver | null {
    return this.#open?.driver ?? null;
  }

  /** Whether messages may still be sent. */
  get isOpen(): boolean {
    return this.#open !== null && !this.#gone && !this.#open.driver.session.ending;
  }

  bind(events: WireEvents): void {
    this.#events = events;
  }

  /** Only a Close comes so: what it says is the session's to know. */
  write(): boolean {
    this.#closing = true;
    return true;
  }

  end(): void {
    this.#ending = true;
  }

  destroy(): void {
    this.#closing = true;
    this.#ending = true;
    // Outside of any call of the driver nobody else delivers it.
    process.nextTick(() => this.flush());
  }

  setReading(): void {}

  get waitingBytes(): number {
    return this.#queuedBytes;
  }

  deliver(opcode: number, payload: Uint8Array): boolean {
    if (opcode === opcodes.pong) return true;
    if (this.#queue === NONE) this.#queue = [];
    const data = opcode === opcodes.text ? textOf(payload) : Buffer.from(payload);
    this.#queue.push(data);
    this.#queuedBytes += data.length + ENTRY_BYTES;
    this.#full ||= this.#queuedBytes > this.server.queueBytes;
    return !this.#full;
  }

  opened(open: OpenSession): void {
    if (this.#gone) return;
    this.#open = open;
    this.server.ends.add(this);
    this.#call(() => {
      const { handler } = this.server;
      return typeof handler === "function" ? handler(this.connection) : handler.open?.(this.connection);
    });
    this.flush();
  }

  over(): void {
    this.#gone = true;
    this.#closing = true;
    this.server.ends.delete(this);
    this.flush();
  }

  /** Gives the handler what waits, and the session what became of it. The driver calls it when the session is at rest. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    if (this.#queue.length > 0 && this.#open !== null) this.#hand();
    if (this.#dirty) this.#write();
    this.#flushing = false;
    this.#tellSession();
    if (this.#closing && !this.#told) this.#finish();
    // Who waits for a client that is gone waits for nothing.
    if (this.#drain !== null && (this.#closing || !this.isFull)) {
      this.#drain.resolve();
      this.#drain = null;
    }
  }

  /**
   * Sends a message. Resolves when there is room for more. Never rejects.
   *
   * @param atOnce whether it is written now, in place of at the end of the turn
   */
  send(message: SentMessage, atOnce = false): Promise<void> {
    if (!this.isOpen) return NOTHING_WAITS;
    const nested = this.#flushing;
    const leaves = atOnce && !nested;
    // What the driver delivers within the call must not take it for the end of what is sent.
    this.#flushing = true;
    this.driver?.send(message, leaves);
    this.#flushing = nested;
    this.#dirty = !leaves;
    if (!leaves && !nested) this.#schedule();
    // Not now: whoever publishes to many, one of whom it ends, is not to hear of it in the middle.
    if (this.#closing && !nested) process.nextTick(() => this.flush());
    return this.isFull ? this.drained() : NOTHING_WAITS;
  }

  /** Whether the client takes less than it is sent. */
  get isFull(): boolean {
    return this.driver?.session.outlets.full === true;
  }

  /** Resolves when nothing waits for the client, or it has ended. */
  drained(): Promise<void> {
    if (!this.isFull || this.#closing) return NOTHING_WAITS;
    this.#drain ??= Promise.withResolvers<void>();
    return this.#drain.promise;
  }

  /** Tells how it ended, once: at once where it has. */
  onEnd(tell: (close: ConnectionClose) => void): void {
    if (this.ended !== null) return tell(this.ended);
    if (this.#enders === NO_ENDERS) this.#enders = [];
    this.#enders.push(tell);
  }

  /** Takes the next message: at once where one waits; `null`: there is none any more. */
  take(taker: Taker): void {
    const next = this.#next();
    if (next !== undefined) {
      taker(next);
      if (!this.#flushing) this.#tellSession();
      return;
    }
    if (this.#closing) return taker(null);
    if (this.#takers === NO_TAKERS) this.#takers = [];
    this.#takers.push(taker);
  }

  /** Takes back a taker that waits no longer. */
  untake(taker: Taker): void {
    const at = this.#takers.indexOf(taker);
    if (at >= 0) this.#takers.splice(at, 1);
  }

  /** Writes what was sent, as one. */
  writeSent(): void {
    this.#scheduled = false;
    if (this.#dirty && !this.#flushing) this.#write();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    flushSoon(this);
  }

  #write(): void {
    this.#dirty = false;
    this.driver?.flush();
  }

  #next(): Received | undefined {
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    this.#queuedBytes -= next.length + ENTRY_BYTES;
    return next;
  }

  /** Hands over what waits to whoever wants it. */
  #hand(): void {
    const { handler } = this.server;
    if (typeof handler === "function" || handler.message === undefined) return this.#handToTakers();
    while (!this.#busy) {
      const data = this.#next();
      if (data === undefined) return;
      try {
        const done: unknown = handler.message(this.connection, data);
        if (isThenable(done)) this.#await(done);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #handToTakers(): void {
    while (this.#takers.length > 0) {
      const data = this.#next();
      if (data === undefined) return;
      this.#takers.shift()?.(data);
    }
  }

  /**
   * Tells how it ended: at once whoever waits for that, and the handler behind the messages that it has not seen yet. Of whom the gate has
   * thrown out it sees no more.
   */
  #finish(): void {
    const { handler, topics } = this.server;
    if (this.#open === null) return;
    if (this.ended === null) {
      const { clientCode, ...ended } = this.driver?.session.end ?? VANISHED;
      this.ended = ended;
      topics.leave(this);
      // A gate that goes itself has nothing against what they said.
      if (ended.by === "gate" && clientCode !== SERVICE_RESTART) this.#forget();
      for (const tell of this.#enders.splice(0)) tell(ended);
    }
    const { ended } = this;
    const listens = typeof handler !== "function" && handler.message !== undefined;
    if (listens && (this.#busy || this.#queue.length > 0)) return;
    this.#told = true;
    if (typeof handler !== "function") this.#call(() => handler.close?.(this.connection, ended));
  }

  /** What waits for the handler is not for it any more. */
  #forget(): void {
    this.#queue = NONE;
    this.#queuedBytes = 0;
  }

  /** What the session is to know: the Close is answered at once, whatever still waits for the handler. */
  #tellSession(): void {
    const events = this.#events;
    if (events === null) return;
    if (this.#full && this.#queuedBytes <= this.server.queueBytes / 2) {
      this.#full = false;
      events.drained();
    }
    if (this.#closing && this.#takers !== NO_TAKERS) for (const taker of this.#takers.splice(0)) taker(null);
    if (this.#closing && !this.#answered) {
      this.#answered = true;
      events.ended();
    }
    if (this.#ending && !this.#gone) {
      this.#gone = true;
      events.gone();
    }
  }

  /** Calls the application. What it throws, or rejects with, ends this connection (1011) and no other. */
  #call(run: () => unknown): void {
    try {
      const done = run();
      if (isThenable(done)) this.#await(done);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A listener that is not done has the next message wait; the one function of a connection does not. */
  #await(done: PromiseLike<unknown>): void {
    this.#busy = typeof this.server.handler !== "function";
    const goOn = (): void => {
      this.#busy = false;
      this.flush();
    };
    done.then(goOn, (error: unknown) => {
      this.#fail(error);
      goOn();
    });
  }

  #fail(error: unknown): void {
    const cause = placeOf(error);
    this.#forget();
    if (this.ended === null) this.driver?.close("session.handler-failed", cause);
    else this.server.failed(cause);
  }
}

/** What kind of error it was and where it came from. Not what it says: that may be what a message said. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return `a handler threw a ${typeof error}`;
  // Whoever prepares stacks in another way makes something else of it.
  const stack: unknown = error.stack;
  const frames = typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  return [error.name, ...frames].join("\n");
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** What the session checked to be UTF-8, without another look where it is short ASCII. */
function textOf(payload: Uint8Array): string {
  const { buffer, byteOffset, length } = payload;
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(buffer, byteOffset, length);
  return length <= SHORT_BYTES && isAscii(bytes, 0, length, null)
    ? bytes.toString("latin1")
    : bytes.toString("utf8");
}

const VANISHED = { by: "client", code: 1006, reason: "", clientCode: 1006 } as const;
/** 1012 (IANA): a drain. */
const SERVICE_RESTART = 1012;
/** What an entry of the queue is counted as, beside what it holds: many short messages take memory, too. */
const ENTRY_BYTES = 64;
/** Never written to: an idle connection has no lists. */
const NONE: Received[] = [];
const NO_TAKERS: Taker[] = [];
const NO_ENDERS: ((close: ConnectionClose) => void)[] = [];

/** Those that have sent something in this turn, and are not in the middle of a call. */
let unwritten: { writeSent(): void }[] = [];

/** Has what a connection sent written when the code that runs is done: everything of one turn leaves in one write. */
function flushSoon(end: { writeSent(): void }): void {
  if (unwritten.length === 0) process.nextTick(flushAll);
  unwritten.push(end);
}

function flushAll(): void {
  const ends = unwritten;
  unwritten = [];
  for (const end of ends) end.writeSent();
}
