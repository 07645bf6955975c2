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
  /** Nothing more comes: the client has closed, or the gate has. */
  #closing = false;
  #answered = false;
  #ending = false;
  #gone = false;
  #takers: Taker[] = NO_TAKERS;
  #drainers: (() => void)[] = NO_DRAINERS;
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
    if (this.#closing && this.ended === null) this.#finish();
    if (this.#drainers !== NO_DRAINERS && !this.isFull) {
      const told = this.#drainers;
      this.#drainers = NO_DRAINERS;
      for (const tell of told) tell();
    }
  }

  /** Sends a message. Resolves when there is room for more. Never rejects. */
  send(message: SentMessage): Promise<void> {
    if (!this.isOpen) return NOTHING_WAITS;
    const nested = this.#flushing;
    // What the driver delivers within the call must not take it for the end of what is sent.
    this.#flushing = true;
    this.driver?.send(message);
    this.#flushing = nested;
    if (!this.#dirty) {
      this.#dirty = true;
      if (!nested) flushSoon(this);
    }
    if (this.#closing && !nested) this.flush();
    return this.isFull ? this.drained() : NOTHING_WAITS;
  }

  /** Whether the client takes less than it is sent. */
  get isFull(): boolean {
    return this.driver?.session.outlets.full === true;
  }

  /** Resolves when nothing waits for the client, or it has ended. */
  drained(): Promise<void> {
    if (!this.isFull || this.ended !== null) return NOTHING_WAITS;
    return new Promise((resolve) => {
      if (this.#drainers === NO_DRAINERS) this.#drainers = [];
      this.#drainers.push(resolve);
    });
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
    if (this.#dirty && !this.#flushing) this.#write();
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

  /** Tells the application how it ended, behind the messages that its listener has not seen yet. */
  #finish(): void {
    const { handler } = this.server;
    const listens = typeof handler !== "function" && handler.message !== undefined;
    if (this.#open === null || (listens && (this.#busy || this.#queue.length > 0))) return;
    const ended: ConnectionClose = this.driver?.session.end ?? { by: "client", code: 1006, reason: "" };
    this.ended = ended;
    this.server.topics.leave(this);
    if (typeof handler !== "function") this.#call(() => handler.close?.(this.connection, ended));
    for (const tell of this.#enders) tell(ended);
    for (const tell of this.#drainers) tell();
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
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (this.ended === null) this.driver?.close("session.handler-failed", cause);
    else this.server.failed(cause);
  }
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

/** What an entry of the queue is counted as, beside what it holds: many short messages take memory, too. */
const ENTRY_BYTES = 64;
/** Never written to: an idle connection has no lists. */
const NONE: Received[] = [];
const NO_TAKERS: Taker[] = [];
const NO_DRAINERS: (() => void)[] = [];
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
