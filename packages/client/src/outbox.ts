import type { QueueOptions, ReportOptions, SocketData } from "./socket-options.ts";

/** A message that was given to `send`. */
export interface Message {
  /** What `send` answered. */
  readonly sequence: number;
  readonly data: SocketData;
}

/** A message that was sent over a connection that was lost, and is not known to have arrived. */
export interface UnconfirmedMessage extends Message {
  /**
   * `false`: by the socket's own account (`bufferedAmount`) some of it had not left the buffer. A hint: platforms count late.
   * `true`: it may have arrived.
   */
  readonly left: boolean;
}

/** What is not known to have arrived. */
export interface Unconfirmed {
  readonly unconfirmed: readonly UnconfirmedMessage[];
  /** How many more there are, sent before those, that were too many to remember. */
  readonly forgotten: number;
}

/** A message that waits. */
interface Waiting extends Message {
  readonly bytes: number;
}

/** A message that was sent over this connection. */
interface Sent extends Message {
  /** How much the connection had been given before this, and with it. */
  readonly begin: number;
  readonly end: number;
  /** When the socket's buffer was first seen without it. */
  leftAt?: number;
}

/** The socket's buffer is filled so far; more waits here, where it is still known not to have been sent. */
const WINDOW_BYTES = 262_144;

/** What stays as it is when its owner writes over it. */
function keep(data: SocketData): SocketData {
  if (!ArrayBuffer.isView(data)) return data.slice(0);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

/** How many bytes a message has. */
export function bytesOf(data: SocketData): number {
  return new Blob([Object(data)]).size;
}

/** What waits to be sent, in order, and what was sent and is not known to have arrived; both bounded. */
export class Outbox {
  readonly #queue: QueueOptions;
  readonly #report: ReportOptions;
  #sequence = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #sent: Sent[] = [];
  #lookedAt = 0;
  /** Bytes that this connection was given, as its socket counts them. */
  #given = 0;
  #forgotten = 0;

  constructor(queue: QueueOptions, report: ReportOptions) {
    this.#queue = queue;
    this.#report = report;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#waitingBytes;
  }

  /** Whether anything waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes a message to wait; answers its sequence, or 0, and what had to be dropped for it. Throws where the policy is `reject`. */
  enqueue(data: SocketData): { readonly sequence: number; readonly dropped: readonly Message[] } {
    const { messages, bytes, whenFull } = this.#queue;
    const entry = { sequence: ++this.#sequence, data: keep(data), bytes: bytesOf(data) };
    const dropped: Message[] = [];
    const isFull = (): boolean =>
      this.#waiting.length >= messages || this.#waitingBytes + entry.bytes > bytes;
    if (whenFull === "drop-oldest")
      while (isFull() && this.#waiting.length > 0) dropped.push(...this.#take(1));
    if (!isFull()) {
      this.#waiting.push(entry);
      this.#waitingBytes += entry.bytes;
      return { sequence: entry.sequence, dropped };
    }
    if (whenFull === "reject") throw new DOMException("queue is full", "QuotaExceededError");
    return { sequence: 0, dropped: [...dropped, entry] };
  }

  /** Sends at once what goes before everything that waits. */
  sendAhead(data: SocketData, socket: WebSocket): number {
    const sequence = ++this.#sequence;
    this.#transmit({ sequence, data: keep(data) }, socket);
    return sequence;
  }

  /** Sends; of what is sent like this alone, nobody is told what became of it. */
  give(data: SocketData, socket: WebSocket): void {
    const before = socket.bufferedAmount;
    socket.send(data);
    this.#given += Math.max(socket.bufferedAmount - before, 0);
  }

  /** Sends what waits, as far as the socket's buffer has room; all of it where the connection is about to be closed. */
  flush(socket: WebSocket, all = false): void {
    while (this.#waiting.length > 0) {
      if (!all && !hasRoom(socket)) return;
      for (const message of this.#take(1)) this.#transmit(message, socket);
    }
  }

  /** Everything to this sequence has arrived. */
  confirm(sequence: number): void {
    this.#sent = this.#sent.filter((message) => message.sequence > sequence);
  }

  /** The peer was heard: what had left long enough before has arrived. Looks ten times in that time, not at each message. */
  heard(socket: WebSocket, now: number): void {
    const { settleMs } = this.#report;
    if (now - this.#lookedAt < settleMs / 10) return;
    this.#lookedAt = now;
    const left = this.#given - socket.bufferedAmount;
    this.#sent = this.#sent.filter((message) => {
      if (message.end > left) return true;
      message.leftAt ??= now;
      return message.leftAt > now - settleMs;
    });
  }

  /** The connection has ended: what of it is not known to have arrived. Nothing of it is sent again. */
  lost(socket: WebSocket | null): Unconfirmed {
    const left = this.#given - (socket?.bufferedAmount ?? 0);
    const unconfirmed = this.#sent.map(({ sequence, data, end }) => ({ sequence, data, left: end <= left }));
    const forgotten = this.#forgotten;
    this.#sent = [];
    this.#given = this.#forgotten = 0;
    return { unconfirmed, forgotten };
  }

  /** Takes out what waits, or the first of it. */
  drain(): readonly Message[] {
    return this.#take(Infinity);
  }

  #take(count: number): Message[] {
    const taken = this.#waiting.splice(0, count);
    for (const { bytes } of taken) this.#waitingBytes -= bytes;
    return taken;
  }

  #transmit({ sequence, data }: Message, socket: WebSocket): void {
    const { messages, bytes } = this.#report;
    const begin = this.#given;
    this.give(data, socket);
    const sent = this.#sent;
    sent.push({ sequence, data, begin, end: this.#given });
    while (sent.length > messages || this.#given - (sent[0]?.begin ?? Infinity) > bytes) {
      sent.shift();
      this.#forgotten += 1;
    }
  }
}

/** Whether a socket takes another message, and its buffer has room. */
export function hasRoom(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN && socket.bufferedAmount < WINDOW_BYTES;
}
