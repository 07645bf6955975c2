import type { AddressInfo, Socket } from "node:net";
import { Duplex } from "node:stream";
import { parseResponseHead, type ResponseHead } from "../protocol/response-head.ts";
import { keepable } from "./descriptor-wire.ts";
import type { Wire, WireEvents } from "./wire.ts";

/** The application's first answer on an attached socket. */
export interface AttachedAnswer {
  readonly head: ResponseHead;
  /** Bytes that came behind the head in the same write. */
  readonly rest: Uint8Array;
}

type WriteCallback = (error?: Error | null) => void;

/**
 * The socket that an application in this process is handed in place of the client's: a Duplex that behaves as a net.Socket
 * does as far as WebSocket libraries use one. Its first bytes are the application's HTTP answer; from then on it is the
 * application's end of a session, through `wire`.
 */
export class AttachedSocket extends Duplex {
  /** The application's answer; `null` when the socket ended, or what was written is no HTTP response. */
  readonly answer: Promise<AttachedAnswer | null>;
  /** The session's side. */
  readonly wire: Wire;
  /** Bytes that the application has read and written here. */
  bytesRead = 0;
  bytesWritten = 0;
  readonly #client: Socket;
  /** Read while the client's socket still has its handle: the session may take that over. */
  readonly #local: Partial<AddressInfo>;
  readonly #settleAnswer: (answer: AttachedAnswer | null) => void;
  /** What was written before the head was whole; `null` once it was. */
  #early: Buffer | null = Buffer.alloc(0);
  #events: WireEvents | null = null;
  #reading = false;
  /** What the application wrote while nobody read, and whom to tell once it is taken. */
  #pending: { readonly bytes: Uint8Array | null; readonly done: WriteCallback } | null = null;
  /** What the application is to read, and whether more would be too much. */
  readonly #outbox: Uint8Array[] = [];
  #outboxBytes = 0;
  #flushing = false;
  #ending = false;
  #full = false;
  /** It ended before anybody was bound to hear of it. */
  #endedEarly = false;

  /** @param client the socket that it stands for: its addresses are the application's to see */
  constructor(client: Socket) {
    super({ allowHalfOpen: true });
    this.#client = client;
    this.#local = client.address();
    const { promise, resolve } = Promise.withResolvers<AttachedAnswer | null>();
    this.answer = promise;
    this.#settleAnswer = resolve;
    this.wire = this.#createWire();
  }

  get remoteAddress(): string | undefined {
    return this.#client.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#client.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#client.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.#local.address;
  }

  get localPort(): number | undefined {
    return this.#local.port;
  }

  /** Whether the client's side is TLS, as on a TLSSocket. */
  get encrypted(): boolean {
    return "encrypted" in this.#client && this.#client.encrypted === true;
  }

  get connecting(): boolean {
    return false;
  }

  /** The address of the socket that it stands for. */
  address(): Partial<AddressInfo> {
    return this.#local;
  }

  /** Does nothing: idle connections are found by `heartbeat`. */
  setTimeout(): this {
    return this;
  }

  /** Sets it on the socket that it stands for. */
  setNoDelay(noDelay?: boolean): this {
    this.#client.setNoDelay(noDelay);
    return this;
  }

  /** Sets it on the socket that it stands for. */
  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.#client.setKeepAlive(enable, initialDelay);
    return this;
  }

  /** Sets it on the socket that it stands for. */
  ref(): this {
    this.#client.ref();
    return this;
  }

  /** Sets it on the socket that it stands for. */
  unref(): this {
    this.#client.unref();
    return this;
  }

  /** Ends it once everything written was taken. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  override _read(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#events?.drained();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteCallback): void {
    this.bytesWritten += chunk.length;
    if (this.#early !== null) return this.#takeHead(chunk, done);
    if (this.#events === null || !this.#reading) this.#pending = { bytes: chunk, done };
    else this.#take(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: WriteCallback): void {
    this._write(joined(chunks), "binary", done);
  }

  override _final(done: WriteCallback): void {
    this.#settleAnswer(null);
    done();
    if (this.#events === null) this.#endedEarly = true;
    else this.#events.ended();
  }

  override _destroy(error: Error | null, done: WriteCallback): void {
    this.#settleAnswer(null);
    done(error);
    this.#events?.gone();
  }

  #takeHead(chunk: Buffer, done: WriteCallback): void {
    const bytes = this.#early?.length === 0 ? chunk : Buffer.concat([this.#early ?? chunk, chunk]);
    const head = parseResponseHead(bytes);
    if (head === "incomplete") {
      this.#early = bytes;
    } else {
      this.#early = null;
      this.#settleAnswer(head === "malformed" ? null : { head, rest: bytes.subarray(head.size) });
    }
    done();
  }

  /** Gives bytes to the session; the application is told so at once, or when the session wants more. */
  #take(bytes: Uint8Array, done: WriteCallback): void {
    this.#events?.data(bytes);
    if (this.#reading) done();
    else this.#pending = { bytes: null, done };
  }

  #createWire(): Wire {
    const waitingBytes = (): number => this.readableLength + this.#outboxBytes;
    return {
      bind: (events) => this.#bind(events),
      write: (pieces) => this.#keep(pieces),
      flush: () => this.#flush(),
      end: () => {
        this.#ending = true;
      },
      destroy: () => void this.destroy(),
      setReading: (reading) => this.#setReading(reading),
      get waitingBytes() {
        return waitingBytes();
      },
    };
  }

  #bind(events: WireEvents): void {
    this.#events = events;
    this.#reading = true;
    const [gone, ended] = [this.destroyed, this.#endedEarly];
    // Not within the call: what the application wrote behind its answer follows the answer to the client.
    queueMicrotask(() => {
      this.#setReading(this.#reading);
      if (gone) events.gone();
      else if (ended) events.ended();
    });
  }

  /** Keeps what the application is to read until `flush`: it must not call back into a session that is still at work. */
  #keep(pieces: readonly Uint8Array[]): boolean {
    if (this.destroyed) return true;
    for (const piece of pieces) {
      this.#outbox.push(keepable(piece));
      this.#outboxBytes += piece.length;
    }
    this.#full = this.readableLength + this.#outboxBytes >= this.readableHighWaterMark;
    return !this.#full;
  }

  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    for (let piece = this.#outbox.shift(); piece !== undefined; piece = this.#outbox.shift()) {
      this.#outboxBytes -= piece.length;
      this.bytesRead += piece.length;
      if (!this.destroyed) this.#deliver(piece);
    }
    this.#flushing = false;
    if (this.#ending && !this.readableEnded && !this.destroyed) this.push(null);
    this.#ending = false;
    if (this.#full && this.readableLength < this.readableHighWaterMark) this._read();
  }

  /** Gives the application bytes: at once where it takes them as they come, which is what `push` does at greater length. */
  #deliver(piece: Uint8Array): void {
    const flows =
      this.readableFlowing === true && this.readableLength === 0 && this.readableEncoding === null;
    // A socket's readers take every chunk for a Buffer.
    const chunk = Buffer.isBuffer(piece)
      ? piece
      : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (!flows || !this.emit("data", chunk)) this.push(chunk);
  }

  #setReading(reading: boolean): void {
    this.#reading = reading;
    const pending = this.#pending;
    if (!reading || pending === null || this.#events === null) return;
    this.#pending = null;
    if (pending.bytes === null) pending.done();
    else this.#take(pending.bytes, pending.done);
  }
}

/** What was written while the socket was corked (`ws` writes a frame's head and its payload apart), as one. */
function joined(chunks: readonly { readonly chunk: Buffer }[]): Buffer {
  let size = 0;
  for (const { chunk } of chunks) size += chunk.length;
  const whole = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { chunk } of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
