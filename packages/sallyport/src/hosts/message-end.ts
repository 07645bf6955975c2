import type { Buffer } from "node:buffer";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { SentMessage } from "../session/outgoing-message.ts";
import type { StreamPart } from "../session/outgoing-stream.ts";
import type { TakenWire } from "./application.ts";
import { Connection } from "./connection.ts";
import type { ConnectionClose } from "./connection-close.ts";
import type { Driver } from "./driver.ts";
import { flushSoon } from "./flush-soon.ts";
import type { OpenSession } from "./gate.ts";
import { isThenable, placeOf } from "./handler-failure.ts";
import { Inbox, type InboxOwner } from "./inbox.ts";
import { MessageBody } from "./message-body.ts";
import type { MessageServer } from "./message-server.ts";
import { OutgoingWork, type WorkingEnd } from "./outgoing-work.ts";
import type { WireEvents } from "./wire.ts";

type Received = string | Buffer;
type Taker = (data: Received | null) => void;

/** Everything was taken: one promise for all who need not wait. */
const NOTHING_WAITS: Promise<void> = Promise.resolve();

/**
 * The application's end of a connection in this process: what passed the guards waits here until the handler takes it, and what
 * the handler sends goes to the session. Nothing of the application is called while the session is at work.
 */
export class MessageEnd<State> implements TakenWire, InboxOwner, WorkingEnd {
  readonly server: MessageServer<State>;
  readonly connection: Connection<State>;
  /** Topics that it is subscribed to; `null`: none. */
  topics: Set<string> | null = null;
  /** How it ended; `null`: it has not. */
  ended: ConnectionClose | null = null;

  #events: WireEvents | null = null;
  #open: OpenSession | null = null;
  #inbox: Inbox = NOTHING;
  /** The handler's own listener is at work with a message. */
  #busy = false;
  /** The handler reads a large message. */
  #streaming = false;
  #work: OutgoingWork | null = null;
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

  /** What it has under way towards the client beside messages. */
  get work(): OutgoingWork {
    return (this.#work ??= new OutgoingWork(this));
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
    process.nextTick(() => {
      if (this.#open === null) this.#discard();
      this.flush();
    });
  }

  setReading(): void {}

  get waitingBytes(): number {
    return this.#inbox.bytes;
  }

  deliver(opcode: number, payload: Uint8Array, goesOn: boolean): boolean {
    if (opcode === opcodes.pong) {
      this.#work?.answered(payload);
      return true;
    }
    if (this.#inbox === NOTHING) this.#inbox = new Inbox(this);
    return this.#inbox.deliver(opcode, payload, goesOn);
  }

  get queueBytes(): number {
    return this.server.queueBytes;
  }

  get streams(): boolean {
    const { handler } = this.server;
    return typeof handler !== "function" && handler.stream !== undefined;
  }

  taken(): void {
    if (!this.#flushing) this.#tellSession();
  }

  opened(open: OpenSession): void {
    if (this.#gone) return this.#discard();
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
    if (this.#inbox.length > 0 && this.#open !== null) this.#hand();
    if (this.#dirty) this.#write();
    this.#flushing = false;
    this.#tellSession();
    if (this.#closing && !this.#told) this.#finish();
    // Who waits for a client that is gone waits for nothing.
    if (this.#drain !== null && (this.#closing || !this.isFull)) {
      this.#drain.resolve();
      this.#drain = null;
    }
    this.#work?.wake();
  }

  /**
   * Sends a message. Resolves when there is room for more. Never rejects.
   *
   * @param atOnce whether it is written now, in place of at the end of the turn
   */
  send(message: SentMessage | StreamPart, atOnce = false): Promise<void> {
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
    if (!this.isFull) return NOTHING_WAITS;
    this.#checkUnsent();
    return this.drained();
  }

  /** Ends it where more waits than may, and no guard that enforces says how much may. */
  #checkUnsent(): void {
    const { driver } = this;
    const { maxUnsentBytes } = this.server;
    if (driver === null || driver.session.bound.waitingGuard?.mode === "enforce") return;
    const { waitingBytes } = driver.session.outlets;
    if (waitingBytes > maxUnsentBytes)
      driver.close("slowConsumer.bytes", `${waitingBytes} bytes, maxUnsentBytes ${maxUnsentBytes}`);
  }

  /** It never opened: nobody will be told of its end. */
  #discard(): void {
    if (this.#told) return;
    this.#told = true;
    this.#call(() => this.server.discard?.(this.connection.state));
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
    if (this.#closing && !this.#hasMore) return taker(null);
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

  /** The next message; `undefined`: there is none that may be had now. A large one is given to the handler. */
  #next(): Received | undefined {
    while (!this.#streaming) {
      const next = this.#inbox.shift();
      if (!(next instanceof MessageBody)) return next;
      this.#stream(next);
    }
    return undefined;
  }

  /** Whether messages still wait for the handler, or it is at work with a large one. */
  get #hasMore(): boolean {
    return this.#streaming || this.#inbox.length > 0;
  }

  /** Gives the handler a large message, which it reads while it comes. What it has not read when it is done is not kept. */
  #stream(body: MessageBody): void {
    this.#streaming = true;
    const done = (error: unknown): void => {
      // That the message is cut short is no failure of the handler's.
      if (error !== body.failure) this.fail(error);
      body.leave();
      this.#streaming = false;
      this.flush();
    };
    const { handler } = this.server;
    const read = async (): Promise<void> => {
      if (typeof handler !== "function") await handler.stream?.(this.connection, body);
    };
    read().then(() => done(body.failure), done);
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
        this.fail(error);
      }
    }
  }

  #handToTakers(): void {
    while (this.#takers.length > 0 || this.#inbox.beginsWithBody) {
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
      const isThrownOut = ended.by === "gate" && clientCode !== SERVICE_RESTART;
      this.#inbox.cutShort(isThrownOut);
      if (isThrownOut) this.#inbox.forget();
      for (const tell of this.#enders.splice(0)) tell(ended);
    }
    const { ended } = this;
    const listens = typeof handler !== "function" && handler.message !== undefined;
    if (listens && (this.#busy || this.#hasMore)) return;
    this.#told = true;
    if (typeof handler !== "function") this.#call(() => handler.close?.(this.connection, ended));
  }

  /** What the session is to know: the Close is answered at once, whatever still waits for the handler. */
  #tellSession(): void {
    const events = this.#events;
    if (events === null) return;
    if (this.#inbox.hasRoomAgain) events.drained();
    if (this.#closing && this.#takers !== NO_TAKERS && !this.#hasMore)
      for (const taker of this.#takers.splice(0)) taker(null);
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
      this.fail(error);
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
      this.fail(error);
      goOn();
    });
  }

  /** The application failed. */
  fail(error: unknown): void {
    const cause = placeOf(error);
    this.#inbox.forget();
    if (this.ended === null && this.driver !== null) this.driver.close("session.handler-failed", cause);
    else this.server.failed(cause);
  }
}

const VANISHED = { by: "client", code: 1006, reason: "", clientCode: 1006 } as const;
/** 1012 (IANA): a drain. */
const SERVICE_RESTART = 1012;
/** Never delivered to: what nobody has written to has no inbox. */
const NOTHING: Inbox = new Inbox({ queueBytes: 0, streams: false, taken() {} });
/** Never written to: an idle connection has no lists. */
const NO_TAKERS: Taker[] = [];
const NO_ENDERS: ((close: ConnectionClose) => void)[] = [];
