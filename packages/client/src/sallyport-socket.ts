import { askGate, type GateAnswer, type GateRequest } from "./ask-gate.ts";
import { drawWait } from "./backoff.ts";
import { closeComesBack, incidentOf, statusComesBack } from "./close-policy.ts";
import { defineHandlerProperties } from "./handler-properties.ts";
import { parseHeartbeat, watchPeer, type PeerWatch } from "./heartbeat.ts";
import { later } from "./later.ts";
import { onReturn } from "./on-return.ts";
import { hasRoom, Outbox } from "./outbox.ts";
import { keepRenewed } from "./renewal.ts";
import { createEndedEvent, type End, type SocketEvents } from "./socket-events.ts";
import {
  DEFAULTS,
  type Heartbeat,
  type ReconnectOptions,
  type SocketData,
  type SocketOptions,
} from "./socket-options.ts";
import { parseProtocols, parseSocketUrl } from "./socket-url.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** What the gate answers where the application chose no subprotocol. */
const OWN_PROTOCOL = "sallyport.v1";
/** A ticket is a token; a proof too, and longer (RFC 7515 7.1). */
const TICKET = /^[\w.~-]{1,4096}$/;
/** How often it is looked whether a full buffer of the socket has room again. */
const ROOM_MS = 20;
/** RFC 6455 5.5: what a Close has room for beside its code. */
const LONGEST_REASON_BYTES = 123;

const NO_END: Omit<End, "unconfirmed" | "forgotten" | "cause"> = {
  code: 1006,
  reason: "",
  wasClean: false,
  status: null,
  incident: null,
  error: null,
};

/** What is known of an end where it happens. */
type Happened = Partial<End> &
  Pick<End, "cause"> & {
    readonly retryAfterMs?: number;
    /** Whether an attempt after it makes sense. Default: no. */
    readonly comesBack?: boolean;
  };

type Handler<Type> = ((event: Type) => unknown) | null;

/**
 * A `WebSocket` that does not die: the same events, properties and methods, for one connection after the other. Before each it
 * fetches a ticket from the gate; while it is open, it renews its proof there; after its end it comes back, where its close
 * code or status says that this helps. `open` is told for each connection, `lost` for the end of each but the last, and `close`
 * for the last. Until then what is sent while there is no connection waits in a bounded queue.
 */
export class SallyportSocket extends EventTarget {
  /** There is no connection yet, or not now. */
  static readonly CONNECTING = 0;
  /** There is one. */
  static readonly OPEN = 1;
  /** `close` was called. */
  static readonly CLOSING = 2;
  /** It is over. */
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  declare onopen: Handler<Event>;
  declare onmessage: Handler<MessageEvent>;
  declare onerror: Handler<Event>;
  declare onclose: Handler<CloseEvent>;

  /** The address, as a `WebSocket` shows it; nothing secret is in it. */
  readonly url: string;
  readonly #address: URL;
  readonly #protocols: readonly string[];
  readonly #options: SocketOptions;
  readonly #reconnect: ReconnectOptions;
  readonly #timeoutMs: number;
  readonly #outbox: Outbox;
  /** Ends with everything. */
  readonly #life = new AbortController();
  /** Ends with the connection, the attempt at one or the wait before that. */
  #round = new AbortController();
  #state: 0 | 1 | 2 | 3 = CONNECTING;
  #socket: WebSocket | null = null;
  #binaryType: WebSocket["binaryType"] = "blob";
  #watch: PeerWatch | null = null;
  #attempt = 0;
  #openedAt: number | null = null;
  /** When the wait before an attempt ends, and when it may end at the soonest. */
  #wait: { readonly until: number; readonly notBefore: number } | null = null;
  /** The proof behind the last connection has ended. */
  #needsFresh = false;
  /** An `open` listener is told: what it sends goes before what waits. */
  #isGreeting = false;
  #isFlushing = false;
  #leaving: Pick<End, "cause" | "code" | "reason"> | null = null;
  #session: string | null = null;
  #expiresAt: Date | null = null;

  static {
    defineHandlerProperties(this.prototype, ["open", "message", "error", "close"]);
  }

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
    const { reconnect, queue, report, timeoutMs = DEFAULTS.timeoutMs, signal } = options;
    this.#reconnect = { ...DEFAULTS.reconnect, ...(reconnect === false ? { attempts: 0 } : reconnect) };
    this.#timeoutMs = timeoutMs;
    this.#outbox = new Outbox({ ...DEFAULTS.queue, ...queue }, { ...DEFAULTS.report, ...report });
    const life = this.#life.signal;
    onReturn(life, (isOnline) => this.#returned(isOnline));
    signal?.addEventListener("abort", () => this.#leave({ cause: "aborted", code: 1000, reason: "" }), {
      signal: life,
    });
    if (signal?.aborted) this.#leave({ cause: "aborted", code: 1000, reason: "" });
    else queueMicrotask(() => void (this.#state === CONNECTING && this.#connect()));
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** The subprotocol that the application chose for the connection there is. */
  get protocol(): string {
    const protocol = this.#socket?.protocol ?? "";
    return protocol === OWN_PROTOCOL ? "" : protocol;
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
    if (this.#socket !== null) this.#socket.binaryType = value;
  }

  /** The gate's name of the connection there is or was last; `null`: none was opened with a ticket. */
  get session(): string | null {
    return this.#session;
  }

  /** When the proof behind the connection ends; `null`: it does not, or is not known. */
  get expiresAt(): Date | null {
    return this.#expiresAt;
  }

  /** As on every `EventTarget`; the types know the events of this one. */
  override addEventListener<Type extends keyof SocketEvents>(
    type: Type,
    listener: (event: SocketEvents[Type]) => unknown,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void;
  override addEventListener(...listener: Parameters<EventTarget["addEventListener"]>): void;
  override addEventListener(...[type, listener, options]: Parameters<EventTarget["addEventListener"]>): void {
    super.addEventListener(type, listener, options);
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
    if (socket !== null && isNext && hasRoom(socket)) return this.#outbox.sendAhead(data, socket);
    const { sequence, dropped } = this.#outbox.enqueue(data);
    if (this.#state === OPEN && !this.#isGreeting) this.#flush();
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
      throw new DOMException("not a close code for applications", "InvalidAccessError");
    if (new TextEncoder().encode(reason).length > LONGEST_REASON_BYTES)
      throw new DOMException("the reason is too long", "SyntaxError");
    this.#leave({ cause: "caller", code: code ?? 1005, reason });
  }

  #tell<Type extends "lost" | "dropped" | "renewed" | "renewalfailed">(
    type: Type,
    detail: SocketEvents[Type]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #leave(leaving: Pick<End, "cause" | "code" | "reason">): void {
    if (this.#state >= CLOSING) return;
    const socket = this.#state === OPEN ? this.#socket : null;
    this.#state = CLOSING;
    this.#leaving = leaving;
    if (socket === null) {
      this.#round.abort();
      queueMicrotask(() => this.#ended(leaving));
      return;
    }
    const { code, reason } = leaving;
    this.#outbox.flush(socket, true);
    if (code === 1005) socket.close();
    else socket.close(code, reason);
    later(this.#timeoutMs, () => this.#ended({ ...leaving, code: 1006, reason: "" }), this.#round.signal);
  }

  /** The way to the gate for requests of ours. */
  #request(name: string): Pick<GateRequest, "options" | "timeoutMs" | "url"> {
    const url = `${this.#httpOrigin}/.sallyport/${name}`;
    return { options: this.#options, timeoutMs: this.#timeoutMs, url };
  }

  get #httpOrigin(): string {
    return this.#address.origin.replace(/^ws/, "http");
  }

  async #connect(): Promise<void> {
    this.#wait = null;
    const { signal } = (this.#round = new AbortController());
    if (this.#options.ticket === false) return this.#open(this.#protocols, null, signal);
    const { pathname } = this.#address;
    const answer = await askGate({
      ...this.#request("ticket"),
      purpose: "connect",
      body: { route: pathname },
      fresh: this.#needsFresh,
      signal,
    });
    if (signal.aborted) return;
    if (!("body" in answer)) {
      const comesBack = answer.status === null || statusComesBack(answer.status);
      return this.#ended({ ...answer, comesBack });
    }
    this.#needsFresh = false;
    try {
      const entries = await this.#credentials(answer.body["ticket"]);
      if (!signal.aborted) this.#open([...entries, ...this.#protocols, OWN_PROTOCOL], answer, signal);
    } catch (error) {
      if (!signal.aborted) this.#ended({ cause: "network", error, comesBack: true });
    }
  }

  /** What presents a ticket to the gate, as subprotocol entries. */
  async #credentials(ticket: unknown): Promise<string[]> {
    if (typeof ticket !== "string" || !TICKET.test(ticket)) throw new TypeError("no ticket in the answer");
    const url = this.#httpOrigin + this.#address.pathname;
    const proof = await this.#options.key?.prove({ method: "GET", url, token: ticket });
    return [`sallyport.ticket.${ticket}`, ...(proof === undefined ? [] : [`sallyport.proof.${proof}`])];
  }

  #open(protocols: readonly string[], answer: GateAnswer | null, signal: AbortSignal): void {
    const socket = new (this.#options.WebSocket ?? WebSocket)(this.url, [...protocols]);
    this.#socket = socket;
    socket.binaryType = this.#binaryType;
    let error: unknown = null;
    const options = { signal };
    const { heartbeat = parseHeartbeat(answer?.body["heartbeat"]) } = this.#options;
    const answered = (heartbeat || null)?.answer;
    socket.addEventListener("open", () => this.#opened(socket, { answer, signal, heartbeat }), options);
    socket.addEventListener(
      "message",
      ({ data, origin }) => {
        this.#watch?.heard();
        this.#outbox.heard(socket, performance.now());
        if (this.#state === OPEN && (answered === undefined || data !== answered))
          this.dispatchEvent(new MessageEvent("message", { data, origin }));
      },
      options,
    );
    socket.addEventListener("error", (event) => void (error = Reflect.get(event, "error") ?? null), options);
    socket.addEventListener(
      "close",
      ({ code, reason, wasClean }) =>
        this.#ended({
          cause: this.#openedAt === null ? "handshake" : "closed",
          ...{ code, reason, wasClean, error },
          incident: incidentOf(reason),
          comesBack: closeComesBack(code, reason),
        }),
      options,
    );
    later(
      this.#timeoutMs,
      () => void (this.#openedAt === null && this.#ended({ cause: "timeout", comesBack: true })),
      signal,
    );
  }

  #opened(
    socket: WebSocket,
    {
      answer,
      signal,
      heartbeat,
    }: {
      readonly answer: GateAnswer | null;
      readonly signal: AbortSignal;
      readonly heartbeat: Heartbeat | false | null;
    },
  ): void {
    this.#state = OPEN;
    this.#openedAt = performance.now();
    if (heartbeat)
      this.#watch = watchPeer(heartbeat, {
        signal,
        send: (message) => this.#outbox.sendSign(message, socket),
        lost: () => this.#ended({ cause: "heartbeat", comesBack: true }),
      });
    const { session, refreshSecret } = answer?.body ?? {};
    this.#session = typeof session === "string" ? session : null;
    this.#isGreeting = true;
    this.dispatchEvent(new Event("open"));
    this.#isGreeting = false;
    // A listener may have ended it.
    if (this.#socket !== socket || this.#state !== OPEN) return;
    this.#flush();
    if (answer === null) return;
    const body = { session: String(session), refreshSecret: String(refreshSecret) };
    keepRenewed(
      {
        signal,
        backoff: this.#reconnect,
        request: { ...this.#request("refresh"), body },
        renewed: (expiresAt) => this.#tell("renewed", { expiresAt: (this.#expiresAt = expiresAt) }),
        failed: (why) => this.#tell("renewalfailed", { ...why, expiresAt: this.#expiresAt }),
        expired: () => this.#ended({ cause: "expired", comesBack: true }),
      },
      answer,
    );
  }

  /** Sends what waits, now and whenever the socket has room again. */
  #flush(): void {
    if (this.#socket !== null) this.#outbox.flush(this.#socket);
    if (this.#outbox.isEmpty || this.#isFlushing) return;
    this.#isFlushing = true;
    const again = (): void => {
      this.#isFlushing = false;
      this.#flush();
    };
    this.#round.signal.addEventListener("abort", () => (this.#isFlushing = false), { once: true });
    later(ROOM_MS, again, this.#round.signal);
  }

  /** A connection has ended, or an attempt at one: comes back, or not. */
  #ended({ comesBack = false, retryAfterMs = 0, ...happened }: Happened): void {
    const socket = this.#socket;
    const leaving = this.#leaving;
    this.#round.abort();
    this.#socket = this.#watch = null;
    if (socket !== null && socket.readyState < CLOSING) socket.close();
    // The peer answered our Close with the same: it had read everything before.
    if (leaving !== null && happened.wasClean && happened.code === leaving.code)
      this.#outbox.confirm(Infinity);
    const end: End = {
      ...NO_END,
      ...happened,
      ...(leaving && { cause: leaving.cause }),
      ...this.#outbox.lost(socket),
    };
    const { lastingMs, attempts } = this.#reconnect;
    if (this.#openedAt !== null && performance.now() - this.#openedAt >= lastingMs) this.#attempt = 0;
    this.#openedAt = null;
    if (leaving !== null || !comesBack || this.#attempt >= attempts) return this.#finish(end);
    if (end.code === 4401 && end.incident !== null) this.#needsFresh = true;
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
    later(delayMs, () => void this.#connect(), this.#round.signal);
  }

  /** The machine, the page or the network is back: finds out now whether the peer is there, or comes back sooner. */
  #returned(isOnline: boolean): void {
    this.#watch?.check();
    if (this.#wait === null || !isOnline) return;
    const now = Date.now();
    const { until, notBefore } = this.#wait;
    const delayMs = drawWait(this.#reconnect, 0, Math.max(notBefore - now, 0));
    if (now + delayMs < until) this.#comeBack(delayMs, notBefore);
  }

  #finish(end: End): void {
    this.#state = CLOSED;
    this.#life.abort();
    const detail = { ...end, unsent: this.#outbox.drain() };
    if (this.#leaving === null && !end.wasClean) this.dispatchEvent(new Event("error"));
    this.dispatchEvent(createEndedEvent(detail));
  }
}
