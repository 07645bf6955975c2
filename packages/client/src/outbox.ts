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

interface Waiting extends Message {
  readonly bytes: number;
}

interface Sent extends Waiting {
  /** How much the connection had been given when this was. */
  readonly end: number;
  /** When the socket's buffer was first seen without it. */
  leftAt: number | null;
}

/** The socket's buffer is filled so far; more waits here, where it is still known not to have been sent. */
const WINDOW_BYTES = 262_144;

const encoder = new TextEncoder();

/** What stays as it is when its owner writes over it. */
function keep(data: SocketData): SocketData {
  if (typeof data === "string" || data instanceof Blob) return data;
  const [buffer, offset] = ArrayBuffer.isView(data) ? [data.buffer, data.byteOffset] : [data, 0];
  return new Uint8Array(buffer, offset, data.byteLength).slice();
}

function bytesOf(data: SocketData): number {
  if (typeof data === "string") return encoder.encode(data).length;
  return data instanceof Blob ? data.size : data.byteLength;
}

/** What waits to be sent, in order, and what was sent and is not known to have arrived; both bounded. */
export class Outbox {
  readonly #queue: QueueOptions;
  readonly #report: ReportOptions;
  #sequence = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #sent: Sent[] = [];
  #sentBytes = 0;
  /** How many of those sent were seen to have left the socket's buffer. */
  #noted = 0;
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
    while (whenFull === "drop-oldest" && isFull() && !this.isEmpty) dropped.push(this.#shift());
    if (isFull()) {
      if (whenFull === "reject") throw new DOMException("too much waits to be sent", "QuotaExceededError");
      return { sequence: 0, dropped: [...dropped, entry] };
    }
    this.#waiting.push(entry);
    this.#waitingBytes += entry.bytes;
    return { sequence: entry.sequence, dropped };
  }

  /** Sends at once what goes before everything that waits. */
  sendAhead(data: SocketData, socket: WebSocket): number {
    const sequence = ++this.#sequence;
    this.#transmit({ sequence, data: this.#report.messages > 0 ? keep(data) : data }, socket);
    return sequence;
  }

  /** Sends a sign of life: nobody is told what became of it. */
  sendSign(data: string, socket: WebSocket): void {
    this.#give(data, socket);
  }

  /** Sends what waits, as far as the socket's buffer has room; all of it where the connection is about to be closed. */
  flush(socket: WebSocket, all = false): void {
    while (!this.isEmpty && (all || hasRoom(socket))) this.#transmit(this.#shift(), socket);
  }

  /** Everything to this sequence has arrived. */
  confirm(sequence: number): void {
    this.#forget(this.#sent.findLastIndex((entry) => entry.sequence <= sequence) + 1);
  }

  /** The peer was heard: what had left long enough before has arrived. */
  heard(socket: WebSocket, now: number): void {
    const settled = now - this.#report.settleMs;
    const first = this.#sent.findIndex(({ leftAt }) => leftAt === null || leftAt > settled);
    this.#forget(first < 0 ? this.#sent.length : first);
    this.#note(socket, now);
  }

  /** The connection has ended: what of it is not known to have arrived. Nothing of it is sent again. */
  lost(socket: WebSocket | null): Unconfirmed {
    const left = this.#given - (socket?.bufferedAmount ?? 0);
    const unconfirmed = this.#sent.map(({ sequence, data, end }) => ({ sequence, data, left: end <= left }));
    const forgotten = this.#forgotten;
    this.#forget(this.#sent.length);
    this.#given = this.#forgotten = 0;
    return { unconfirmed, forgotten };
  }

  /** Takes out everything that waits. */
  drain(): readonly Message[] {
    this.#waitingBytes = 0;
    return this.#waiting.splice(0);
  }

  #shift(): Waiting {
    const [entry] = this.#waiting.splice(0, 1);
    if (entry === undefined) throw new RangeError("nothing waits");
    this.#waitingBytes -= entry.bytes;
    return entry;
  }

  #transmit({ sequence, data }: Message, socket: WebSocket): void {
    const bytes = this.#give(data, socket);
    this.#sent.push({ sequence, data, bytes, end: this.#given, leftAt: null });
    this.#sentBytes += bytes;
    const { messages, bytes: most } = this.#report;
    while (this.#sent.length > messages || this.#sentBytes > most) {
      this.#forget(1);
      this.#forgotten += 1;
    }
  }

  /** Sends; answers how many bytes that are, as the socket counts them. */
  #give(data: SocketData, socket: WebSocket): number {
    const before = socket.bufferedAmount;
    socket.send(data);
    const bytes = Math.max(socket.bufferedAmount - before, 0);
    this.#given += bytes;
    return bytes;
  }

  /** Notes what the socket's buffer does not hold any more. */
  #note(socket: WebSocket, now: number): void {
    const left = this.#given - socket.bufferedAmount;
    for (let entry = this.#sent[this.#noted]; entry && entry.end <= left; entry = this.#sent[this.#noted]) {
      entry.leftAt = now;
      this.#noted += 1;
    }
  }

  #forget(count: number): void {
    for (const { bytes } of this.#sent.splice(0, count)) this.#sentBytes -= bytes;
    this.#noted = Math.max(this.#noted - count, 0);
  }
}

/** Whether a socket takes another message, and its buffer has room. */
export function hasRoom(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN && socket.bufferedAmount < WINDOW_BYTES;
}
