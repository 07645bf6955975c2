import type { GateAnswer } from "./ask-gate.ts";
import { drawWait } from "./backoff.ts";
import { connect, type Happened } from "./connection.ts";
import { parseHeartbeat, watchPeer, type PeerWatch } from "./heartbeat.ts";
import { later } from "./later.ts";
import { onReturn } from "./on-return.ts";
import { bytesOf, hasRoom, Outbox } from "./outbox.ts";
import { keepRenewed } from "./renewal.ts";
import { createEndedEvent, type End, type SocketEvents } from "./socket-events.ts";
import { DEFAULTS, type ReconnectOptions, type SocketData, type SocketOptions } from "./socket-options.ts";
import { parseProtocols, parseSocketUrl } from "./socket-url.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** How often it is looked whether a full buffer of the socket has room again. */
const ROOM_MS = 20;
/** What a Close has room for beside its code (RFC 6455 5.5). */
const LONGEST_REASON_BYTES = 123;

/** Events for which there is a property. */
const HANDLED = ["open", "message", "error", "close"] as const;

type Leaving = Pick<End, "cause" | "code" | "reason">;
type Handler<Type> = ((event: Type) => unknown) | null;

/** An `EventTarget` whose types know the events of a `SallyportSocket`. */
interface SocketTarget extends EventTarget {
  addEventListener<Type extends keyof SocketEvents>(
    type: Type,
    listener: (event: SocketEvents[Type]) => unknown,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void;
  addEventListener(...listener: Parameters<EventTarget["addEventListener"]>): void;
}

const SocketTarget: new () => SocketTarget = EventTarget;

/**
 * A `WebSocket` that does not die: the same events, properties and methods, for one connection after the other. Before each it
 * fetches a ticket from the gate; while it is open, it renews its proof there; after its end it comes back, where its close
 * code or status says that this helps. `open` is told for each connection, `lost` for the end of each but the last, and `close`
 * for the last. Until then what is sent while there is no connection waits in a bounded queue.
 */
export class SallyportSocket extends SocketTarget {
  /** There is no connection yet, or not now. */
  static readonly CONNECTING = 0 as const;
  /** There is one. */
  static readonly OPEN = 1 as const;
  /** `close` was called, or the signal aborted. */
  static readonly CLOSING = 2 as const;
  /** It is over. */
  static readonly CLOSED = 3 as const;
  readonly CONNECTING = 0 as const;
  readonly OPEN = 1 as const;
  readonly CLOSING = 2 as const;
  readonly CLOSED = 3 as const;
  onopen: Handler<Event> = null;
  onmessage: Handler<MessageEvent> = null;
  onerror: Handler<Event> = null;
  onclose: Handler<CloseEvent> = null;

  /** The address, as a `WebSocket` shows it; nothing secret is in it. */
  readonly url: string;
  readonly #address: URL;
  readonly #protocols: readonly string[];
  readonly #options: SocketOptions;
  readonly #reconnect: ReconnectOptions;
  readonly #outbox: Outbox;
  /** Ends with everything. */
  readonly #life = new AbortController();
  /** Ends with the connection, the attempt at one or the wait before that. */
  #round = new AbortController();
  #state: 0 | 1 | 2 | 3 = CONNECTING;
  #socket: WebSocket | null = null;
  #binaryType: WebSocket["binaryType"] = "blob";
  #watch: PeerWatch | null = null;
  #heartbeatAnswer: string | undefined;
  #attempt = 0;
  #openedAt = Infinity;
  /** When the wait before an attempt ends, and when it may end at the soonest. */
  #wait: { readonly until: number; readonly notBefore: number } | null = null;
  /** The proof behind the last connection has ended. */
  #needsFresh = false;
  /** An `open` listener is told: what it sends goes before what waits. */
  #isGreeting = false;
  #isFlushing = false;
  #leaving: Leaving | null = null;
  #session: string | null = null;
  #expiresAt: Date | null = null;

  /**
   * Begins at once. Throws as `WebSocket` does for what is no address or no subprotocol, and for an address without TLS that
   * is not on this machine (`SecurityError`).
   */
  constructor(
    address: string | URL,
    protocols: string | readonly string[] = [],
    options: SocketOptions = {},
  ) {
    super();
    this.#address = parseSocketUrl(address);
    this.url = this.#address.href;
    this.#protocols = parseProtocols(protocols);
    this.#options = options;
    const { reconnect, queue, report, signal } = options;
    this.#reconnect = { ...DEFAULTS.reconnect, ...(reconnect === false ? { attempts: 0 } : reconnect) };
    this.#outbox = new Outbox({ ...DEFAULTS.queue, ...queue }, { ...DEFAULTS.report, ...report });
    for (const type of HANDLED)
      this.addEventListener(type, (event) => {
        const handler: unknown = this[`on${type}`];
        if (typeof handler === "function") handler.call(this, event);
      });
    onReturn(this.#life.signal, (isOnline) => this.#returned(isOnline));
    const abort = (): void => this.#leave({ cause: "aborted", code: 1000, reason: "" });
    signal?.addEventListener("abort", abort, { signal: this.#life.signal });
    if (signal?.aborted) abort();
    queueMicrotask(() => this.#connect());
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** The subprotocol that the application chose for the connection there is. */
  get protocol(): string {
    // What the gate answers where the application chose none.
    return this.#socket?.protocol.replace(/^sallyport\.v1$/, "") ?? "";
  }

  get extensions(): string {
    return this.#socket?.extensions ?? "";
  }

  /** Bytes that were given to `send` and have not left: those that wait here, and those in the socket's own buffer. */
  get bufferedAmount(): number {
    return this.#outbox.bytes + (this.#socket?.bufferedAmount ?? 0);
  }

  get binaryType(): WebSocket["binaryType"] {
    return this.#binaryType;
  }

  set binaryType(value: WebSocket["binaryType"]) {
    this.#binaryType = value;
    if (this.#socket) this.#socket.binaryType = value;
  }

  /** The gate's name of the connection there is or was last; `null`: none was opened with a ticket. */
  get session(): string | null {
    return this.#session;
  }

  /** When the proof behind the connection ends; `null`: it does not, or is not known. */
  get expiresAt(): Date | null {
    return this.#expiresAt;
  }

  /**
   * Sends a message, or lets it wait for the next connection. It is never sent twice: what was on its way when a connection was
   * lost is reported by `lost`, and by `close`, and whether to send it again is for the application to say.
   *
   * @returns its number, counted from 1, for `confirm`; 0: it was dropped, as `dropped` tells
   * @throws {DOMException} `QuotaExceededError` where the queue is full and its policy is `reject`
   */
  send(data: SocketData): number {
    if (this.#state >= CLOSING) {
      this.#tell("dropped", { because: "ended", messages: [{ sequence: 0, data }] });
      return 0;
    }
    const socket = this.#socket;
    const isNext = this.#state === OPEN && (this.#isGreeting || this.#outbox.isEmpty);
    if (socket && isNext && hasRoom(socket)) return this.#outbox.sendAhead(data, socket);
    const { sequence, dropped } = this.#outbox.enqueue(data);
    if (isNext) this.#flush();
    if (dropped.length > 0) this.#tell("dropped", { because: "full", messages: dropped });
    return sequence;
  }

  /** The application knows that everything up to this number has arrived: none of it is reported as unconfirmed. */
  confirm(sequence: number): void {
    this.#outbox.confirm(sequence);
  }

  /** Ends it for good. What waits is sent before the Close, where there is a connection; else `close` reports it as unsent. */
  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
      throw new DOMException("code", "InvalidAccessError");
    if (bytesOf(reason) > LONGEST_REASON_BYTES) throw new DOMException("reason", "SyntaxError");
    this.#leave({ cause: "caller", code: code ?? 1005, reason });
  }

  #tell<Type extends "lost" | "dropped" | "renewed" | "renewalfailed">(
    type: Type,
    detail: SocketEvents[Type]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #leave(leaving: Leaving): void {
    if (this.#state >= CLOSING) return;
    const socket = this.#state === OPEN ? this.#socket : null;
    const { code, reason } = leaving;
    this.#state = CLOSING;
    this.#leaving = leaving;
    if (socket) {
      this.#outbox.flush(socket, true);
      if (code === 1005) socket.close();
      else socket.close(code, reason);
      const { timeoutMs = DEFAULTS.timeoutMs } = this.#options;
      later(timeoutMs, () => this.#ended(leaving), this.#round.signal);
    } else {
      this.#round.abort();
      queueMicrotask(() => this.#ended(leaving));
    }
  }

  #connect(): void {
    if (this.#state !== CONNECTING) return;
    this.#wait = null;
    this.#round = new AbortController();
    void connect({
      address: this.#address,
      protocols: this.#protocols,
      options: this.#options,
      fresh: this.#needsFresh,
      signal: this.#round.signal,
      opening: (socket) => {
        this.#socket = socket;
        socket.binaryType = this.#binaryType;
      },
      opened: (socket, answer) => this.#opened(socket, answer),
      message: ({ data, origin }, socket) => {
        this.#watch?.heard();
        this.#outbox.heard(socket, Date.now());
        if (this.#state === OPEN && (data === "" || data !== this.#heartbeatAnswer))
          this.dispatchEvent(new MessageEvent("message", { data, origin }));
      },
      ended: (what) => this.#ended(what),
    });
  }

  #opened(socket: WebSocket, answer: GateAnswer | null): void {
    const { signal } = this.#round;
    const { session, refreshSecret, heartbeat: announced } = answer?.body ?? {};
    this.#state = OPEN;
    this.#openedAt = Date.now();
    this.#needsFresh = false;
    this.#session = session ?? null;
    const { heartbeat = parseHeartbeat(announced) } = this.#options;
    this.#watch = heartbeat
      ? watchPeer(heartbeat, {
          signal,
          send: (message) => this.#outbox.give(message, socket),
          lost: () => this.#ended({ cause: "heartbeat", comesBack: true }),
        })
      : null;
    this.#heartbeatAnswer = heartbeat ? heartbeat.answer : undefined;
    this.#isGreeting = true;
    this.dispatchEvent(new Event("open"));
    this.#isGreeting = false;
    if (signal.aborted) return;
    this.#flush();
    if (!answer) return;
    keepRenewed(
      {
        signal,
        backoff: this.#reconnect,
        request: { address: this.#address, body: { session, refreshSecret }, options: this.#options },
        renewed: (expiresAt) => this.#tell("renewed", { expiresAt: (this.#expiresAt = expiresAt) }),
        failed: (why) => this.#tell("renewalfailed", { ...why, expiresAt: this.#expiresAt }),
        expired: () => this.#ended({ cause: "expired", comesBack: true }),
      },
      answer,
    );
  }

  /** Sends what waits, now and whenever the socket has room again. */
  #flush(): void {
    if (this.#socket) this.#outbox.flush(this.#socket);
    if (this.#outbox.isEmpty || this.#isFlushing) return;
    this.#isFlushing = true;
    const again = (): void => {
      this.#isFlushing = false;
      this.#flush();
    };
    later(ROOM_MS, again, this.#round.signal);
  }

  /** A connection has ended, or an attempt at one: comes back, or not. */
  #ended({ comesBack = false, retryAfterMs = 0, ...happened }: Happened): void {
    const socket = this.#socket;
    const leaving = this.#leaving;
    const { lastingMs, attempts } = this.#reconnect;
    this.#round.abort();
    this.#socket = this.#watch = null;
    this.#isFlushing = false;
    // The peer answered our Close with the same: it had read everything before.
    if (leaving && happened.wasClean && happened.code === leaving.code) this.#outbox.confirm(Infinity);
    const end: End = {
      code: 1006,
      reason: "",
      wasClean: false,
      status: null,
      incident: null,
      error: null,
      ...happened,
      cause: leaving?.cause ?? happened.cause,
      ...this.#outbox.lost(socket),
    };
    if (socket && socket.readyState < CLOSING) socket.close();
    if (Date.now() - this.#openedAt >= lastingMs) this.#attempt = 0;
    this.#openedAt = Infinity;
    if (leaving || !comesBack || this.#attempt >= attempts) return this.#finish(end);
    if (end.code === 4401 && end.incident) this.#needsFresh = true;
    this.#state = CONNECTING;
    const delayMs = drawWait(this.#reconnect, this.#attempt, retryAfterMs);
    this.#attempt += 1;
    this.#comeBack(delayMs, Date.now() + retryAfterMs);
    this.#tell("lost", { ...end, delayMs, attempt: this.#attempt });
  }

  #comeBack(delayMs: number, notBefore: number): void {
    this.#round.abort();
    this.#round = new AbortController();
    this.#wait = { until: Date.now() + delayMs, notBefore };
    later(delayMs, () => this.#connect(), this.#round.signal);
  }

  /** The network, or somebody who looks at the page, is back: finds out now whether the peer is there, or comes back sooner. */
  #returned(isOnline: boolean): void {
    this.#watch?.check();
    if (!this.#wait || !isOnline) return;
    const now = Date.now();
    const { until, notBefore } = this.#wait;
    const delayMs = drawWait(this.#reconnect, 0, Math.max(notBefore - now, 0));
    if (now + delayMs < until) this.#comeBack(delayMs, notBefore);
  }

  #finish(end: End): void {
    this.#state = CLOSED;
    this.#life.abort();
    if (!this.#leaving && !end.wasClean) this.dispatchEvent(new Event("error"));
    this.dispatchEvent(createEndedEvent({ ...end, unsent: this.#outbox.drain() }));
  }
}
