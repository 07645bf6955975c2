import type { Duplex } from "node:stream";
import { Session, type SessionOptions } from "../session/session.ts";
import type { SessionPort, Side } from "../session/session-port.ts";
import type { DeadlineWheel, Timed } from "./deadline-wheel.ts";

/** What a driver is made of. */
export interface DriverOptions extends Omit<SessionOptions, "port"> {
  readonly client: Duplex;
  readonly application: Duplex;
  readonly wheel: DeadlineWheel;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Called once, when both sockets are gone. */
  readonly onOver: () => void;
}

/**
 * The one driver of all hosts: binds a session to its two sockets and its deadline. Bytes in, bytes out; it decides nothing.
 */
export class Driver implements SessionPort, Timed {
  readonly session: Session;
  readonly #sockets: Readonly<Record<Side, Duplex>>;
  readonly #options: DriverOptions;
  #told = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#sockets = { client: options.client, application: options.application };
    this.session = new Session({ ...options, port: this });
    this.#attach("client");
    this.#attach("application");
    this.#settle();
  }

  get deadline(): number {
    return this.session.deadline;
  }

  tick(now: number): void {
    this.session.tick(now);
    this.#settle();
  }

  /** Takes bytes that came with the handshake, before the socket was ours. */
  receive(side: Side, bytes: Uint8Array): void {
    if (bytes.length > 0) this.session.receive(side, bytes, this.#options.now());
    this.#settle();
  }

  /** The gate ends the connection. */
  close(code: Parameters<Session["close"]>[0], detail: string): void {
    this.session.close(code, detail, this.#options.now());
    this.#settle();
  }

  write(side: Side, pieces: readonly Uint8Array[]): boolean {
    const socket = this.#sockets[side];
    if (!socket.writable) return true;
    if (pieces.length === 1 && pieces[0] !== undefined) return socket.write(pieces[0]);
    socket.cork();
    let open = true;
    for (const piece of pieces) open = socket.write(piece);
    socket.uncork();
    return open;
  }

  end(side: Side): void {
    const socket = this.#sockets[side];
    if (!socket.writableEnded) socket.end();
  }

  destroy(side: Side): void {
    this.#sockets[side].destroy();
  }

  setReading(side: Side, reading: boolean): void {
    const socket = this.#sockets[side];
    if (reading === !socket.isPaused()) return;
    if (reading) socket.resume();
    else socket.pause();
  }

  waitingBytes(side: Side): number {
    return this.#sockets[side].writableLength;
  }

  #attach(side: Side): void {
    const socket = this.#sockets[side];
    const { now } = this.#options;
    socket.on("data", (chunk: Uint8Array) => {
      this.session.receive(side, chunk, now());
      this.#settle();
    });
    socket.on("drain", () => {
      this.session.drained(side, now());
      this.#settle();
    });
    socket.on("end", () => {
      this.session.ended(side, now());
      this.#settle();
    });
    // What an error means for the session comes with the `close` that follows it.
    socket.on("error", ignore);
    socket.on("close", () => {
      this.session.gone(side, now());
      this.#settle();
    });
    // A socket that was lost during the handshake has told so already.
    if (socket.destroyed) queueMicrotask(() => socket.emit("close"));
  }

  #settle(): void {
    if (this.session.over) {
      if (this.#told) return;
      this.#told = true;
      this.#options.wheel.remove(this);
      this.#options.onOver();
      return;
    }
    this.#options.wheel.schedule(this);
  }
}

function ignore(): void {}
