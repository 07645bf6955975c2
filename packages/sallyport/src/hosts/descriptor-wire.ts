import { Buffer } from "node:buffer";
import { writeSync, writevSync } from "node:fs";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { heldMemory } from "../session/buffer-pool.ts";
import { reusedMemory } from "../session/reused-memory.ts";
import type { Wire, WireEvents } from "./wire.ts";

/** What is under a socket in Node, as far as it is used here. None of it is documented: everything is looked at first. */
interface Handle {
  readonly fd: number;
  readonly useUserBuffer: unknown;
}

/** One read at most; more than the kernel hands over at a time on loopback. */
const READ_BYTES = 0x1_0000;

/** Every socket is read into the same memory: what was read is dealt with before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
reusedMemory.add(readBuffer.buffer);

/**
 * The bytes themselves, or a copy where they stand in memory that the next read overwrites. They are the caller's from then
 * on: memory that was lent to hold them is not lent again.
 */
export function keepable(bytes: Uint8Array): Uint8Array {
  if (reusedMemory.has(bytes.buffer)) return Buffer.from(bytes);
  heldMemory.keep(bytes);
  return bytes;
}

/** Writes to a stream, which may keep the bytes until they have gone. Returns what `write` returns. */
export function writeKept(stream: Duplex, bytes: Uint8Array): boolean {
  if (reusedMemory.has(bytes.buffer)) return stream.write(Buffer.from(bytes));
  const lent = heldMemory.keep(bytes);
  if (lent === null) return stream.write(bytes);
  return stream.write(bytes, (error) => {
    // After an error somebody may still hold them.
    if (error === null || error === undefined) heldMemory.restore(lent);
  });
}

/**
 * A plain TCP or Unix socket without the cost of streams: it is read into one buffer for all, and written to its descriptor
 * while nothing waits. `null` where that cannot be done: TLS (whose descriptor carries what must be encrypted first), anything
 * that is no socket of Node's own, or where `SALLYPORT_STREAMS=1` asks for streams. A stream then does the same.
 *
 * @param shown others in this process may hold the socket: it lives as long as the connection, and ends it when it is ended
 */
export function descriptorWire(socket: Duplex, shown = false): Wire | null {
  if (process.platform === "win32" || process.env["SALLYPORT_STREAMS"] === "1") return null;
  const handle = plainHandle(socket);
  return handle === null ? null : new DescriptorWire(socket as Socket, handle, shown);
}

/** The handle of a plain socket; never that of TLS. */
function plainHandle(socket: Duplex): Handle | null {
  if (!(socket instanceof Socket) || socket instanceof TLSSocket || socket.destroyed || "encrypted" in socket)
    return null;
  const { _handle: handle } = socket as { _handle?: Partial<Handle> & object };
  const kind = handle?.constructor.name;
  if (handle === undefined || (kind !== "TCP" && kind !== "Pipe")) return null;
  if (typeof handle.fd !== "number" || handle.fd < 0 || typeof handle.useUserBuffer !== "function")
    return null;
  return handle as Handle;
}

/** What a socket knows of the server that accepted it, and the handle under it. */
interface Inner {
  _handle: Handle | null;
  _server: unknown;
  _destroy: Socket["_destroy"];
  _final: Socket["_final"];
}

function innerOf(socket: object): Inner {
  return socket as Inner;
}

/** Takes the handle from a socket. The server that accepted it goes on counting the connection, by the socket that took over. */
function takeOver(before: Socket, after: Socket): void {
  const [old, next] = [innerOf(before), innerOf(after)];
  next._server = old._server;
  old._server = null;
  old._handle = null;
  before.on("error", onError);
}

/**
 * Binds a socket that others hold to the one that took over: a server that is shut down by destroying every socket that it
 * showed ends the connection, and who waits for the socket's `close` hears of the connection's end.
 */
function bindTogether(before: Socket, after: Socket): void {
  const old = innerOf(before);
  const close = old._destroy.bind(before);
  old._destroy = (error, done) => {
    after.destroy();
    close(error, done);
  };
  old._final = (done) => {
    after.end();
    done();
  };
  after.once("close", () => before.destroy());
  // What a library sets later on reaches the connection.
  for (const name of ["setNoDelay", "setKeepAlive", "ref", "unref"] as const) {
    const set = (...values: unknown[]): Socket => {
      Reflect.apply(after[name], after, values);
      return before;
    };
    Object.assign(before, { [name]: set });
  }
}

/** A socket that was taken over, and whom it tells. Its listeners are the same for all: an idle connection has no closures. */
class TakenSocket extends Socket {
  /** Set before anything can come. */
  events: WireEvents | null = null;
}

/** How every socket is read. Node calls it on the socket. */
function onRead(this: TakenSocket, size: number): boolean {
  this.events?.data(chunkOf(size));
  return true;
}

function onDrain(this: TakenSocket): void {
  this.events?.drained();
}

function onEnd(this: TakenSocket): void {
  this.events?.ended();
}

function onClose(this: TakenSocket): void {
  this.events?.gone();
}

/** What an error means comes with the `close` that follows it. */
function onError(): void {}

/** Views of the beginning of the shared memory by their length: most reads are short, and of a length that came before. */
const chunks: Uint8Array[] = [];
const MOST_CHUNK_BYTES = 1024;

function chunkOf(size: number): Uint8Array {
  if (size >= MOST_CHUNK_BYTES) return readBuffer.subarray(0, size);
  for (let length = chunks.length; length <= size; length++) chunks.push(readBuffer.subarray(0, length));
  return chunks[size] ?? readBuffer.subarray(0, size);
}

const onread = { buffer: readBuffer, callback: onRead };

class DescriptorWire implements Wire {
  readonly #handle: Handle;
  /** To ask the handle for each write costs a tenth of what the write does. */
  readonly #fd: number;
  readonly #shown: boolean;
  #socket: Socket;

  constructor(socket: Socket, handle: Handle, shown: boolean) {
    this.#handle = handle;
    this.#fd = handle.fd;
    this.#shown = shown;
    this.#socket = socket;
  }

  bind(events: WireEvents): void {
    const before = this.#socket;
    const early: unknown = before.read();
    const options = { handle: this.#handle, allowHalfOpen: true, onread };
    const socket = new TakenSocket(options as unknown as ConstructorParameters<typeof Socket>[0]);
    socket.events = events;
    this.#socket = socket;
    takeOver(before, socket);
    if (this.#shown) bindTogether(before, socket);
    // With it go the request, its fields and its parser.
    else before.destroy();
    socket.on("drain", onDrain);
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
    if (early instanceof Uint8Array) queueMicrotask(() => events.data(early));
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined && socket.writableLength === 0) {
      const taken = this.#writeNow(pieces);
      return taken === first.length || this.#writeLater(pieces, taken);
    }
    let next = 0;
    let taken = 0;
    while (next < pieces.length && taken === 0 && socket.writableLength === 0) {
      const batch =
        next === 0 && pieces.length <= MOST_PIECES ? pieces : pieces.slice(next, next + MOST_PIECES);
      taken = this.#writeNow(batch);
      if (taken === 0) break;
      for (const { length } of batch) {
        if (length > taken) break;
        taken -= length;
        next++;
      }
    }
    return next === pieces.length || this.#writeLater(pieces.slice(next), taken);
  }

  /** What the kernel does not take now waits in the stream. @param taken bytes of the first piece that it took */
  #writeLater(pieces: readonly Uint8Array[], taken: number): boolean {
    let open = true;
    this.#socket.cork();
    for (const [index, piece] of pieces.entries()) {
      open = writeKept(this.#socket, index === 0 ? piece.subarray(taken) : piece);
    }
    this.#socket.uncork();
    return open;
  }

  end(): void {
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  setReading(reading: boolean): void {
    if (reading) this.#socket.resume();
    else this.#socket.pause();
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** How many bytes the kernel took at once. An error is left for the stream to find. */
  #writeNow(pieces: readonly Uint8Array[]): number {
    // A socket lets go of its handle in the same call that closes it: from then on the descriptor may be somebody else's.
    if (innerOf(this.#socket)._handle !== this.#handle) return 0;
    try {
      return pieces.length === 1 ? writeSync(this.#fd, pieces[0]!) : writevSync(this.#fd, pieces);
    } catch {
      return 0;
    }
  }
}

/** Pieces of one call to the kernel: far below the 1024 that POSIX systems take (IOV_MAX). */
const MOST_PIECES = 256;
