import type { Duplex } from "node:stream";
import { descriptorWire, writeKept } from "./descriptor-wire.ts";

/** What a wire tells its driver. */
export interface WireEvents {
  /** Bytes came. They may be overwritten once the call is over. */
  data(bytes: Uint8Array): void;
  /** What waited was taken. */
  drained(): void;
  /** The peer ended its half. */
  ended(): void;
  /** Nothing comes or goes any more. Once, whatever happened before. */
  gone(): void;
}

/** One end of a connection as a driver uses it: a socket, or the application's end in the same process. */
export interface Wire {
  /** Begins to tell. Called once. */
  bind(events: WireEvents): void;
  /** Writes the pieces in order, as one; copies what it keeps and may not. Returns `false` when full; `drained` follows. */
  write(pieces: readonly Uint8Array[]): boolean;
  /**
   * Takes a message, ping or pong in place of frames: then the driver's session delivers messages. The payload is valid during the call
   * only. Returns `false` when it wants no more for now; `drained` follows. Absent: it takes frames.
   */
  deliver?(opcode: number, payload: Uint8Array): boolean;
  /** Delivers what was written, where `write` and `end` only note it. The driver calls it when the session is at rest. */
  flush?(): void;
  /** Ends our half after what was written. */
  end(): void;
  /** Ends both halves at once. */
  destroy(): void;
  /** Stops or starts reading. Idempotent. */
  setReading(reading: boolean): void;
  /** Bytes written and not yet taken. */
  readonly waitingBytes: number;
}

/** A socket, TCP, TLS or Unix, or any other stream, as a wire. @param shown others in this process may hold it */
export function socketWire(socket: Duplex, shown = false): Wire {
  return descriptorWire(socket, shown) ?? streamWire(socket);
}

function streamWire(socket: Duplex): Wire {
  return {
    bind(events) {
      socket.on("data", (bytes: Uint8Array) => events.data(bytes));
      socket.on("drain", () => events.drained());
      socket.on("end", () => events.ended());
      // What an error means comes with the `close` that follows it.
      socket.on("error", ignore);
      socket.on("close", () => events.gone());
      socket.resume();
      // A socket that was lost during the handshake has told so already.
      if (socket.destroyed) queueMicrotask(() => events.gone());
    },
    write(pieces) {
      if (!socket.writable) return true;
      const [first] = pieces;
      if (pieces.length === 1 && first !== undefined) return writeKept(socket, first);
      socket.cork();
      let open = true;
      for (const piece of pieces) open = writeKept(socket, piece);
      socket.uncork();
      return open;
    },
    end() {
      if (!socket.writableEnded) socket.end();
    },
    destroy() {
      socket.destroy();
    },
    setReading(reading) {
      if (reading === !socket.isPaused()) return;
      if (reading) socket.resume();
      else socket.pause();
    },
    get waitingBytes() {
      return socket.writableLength;
    },
  };
}

function ignore(): void {}
