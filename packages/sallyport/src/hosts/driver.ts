import type { Rebinding } from "../session/rebinding.ts";
import type { SentMessage } from "../session/outgoing-message.ts";
import { Session } from "../session/session.ts";
import type { SessionOptions } from "../session/session-options.ts";
import type { SessionPort, Side } from "../session/session-port.ts";
import type { DeadlineWheel, Timed } from "./deadline-wheel.ts";
import type { ChunkMeter } from "./meter.ts";
import type { Wire, WireEvents } from "./wire.ts";

/** What a driver is made of. */
export interface DriverOptions extends Omit<SessionOptions, "port"> {
  readonly client: Wire;
  readonly application: Wire;
  readonly wheel: DeadlineWheel;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Measures some of what is read; absent or `null`: nobody does. */
  readonly chunks?: ChunkMeter | null;
  /** Called when guards that were prepared have taken the place of those of before. */
  readonly onRebound: () => void;
  /** Called once, when both ends are gone. */
  readonly onOver: () => void;
}

/**
 * The one driver of all hosts: binds a session to its two ends and its deadline. Bytes in, bytes out; it decides nothing.
 */
export class Driver implements SessionPort, Timed {
  readonly session: Session;
  readonly #client: Wire;
  readonly #application: Wire;
  readonly #wheel: DeadlineWheel;
  readonly #now: () => number;
  readonly #chunks: ChunkMeter | null;
  readonly #onRebound: () => void;
  readonly #onOver: () => void;
  /** The deadline that the wheel knows. */
  #scheduled = Number.NaN;
  #told = false;
  #ready = false;

  constructor(options: DriverOptions) {
    // Not the options themselves: an open connection keeps what it needs of them.
    const { client, application } = options;
    this.#client = client;
    this.#application = application;
    this.#wheel = options.wheel;
    this.#now = options.now;
    this.#chunks = options.chunks ?? null;
    this.#onRebound = options.onRebound;
    this.#onOver = options.onOver;
    const delivers = application.deliver !== undefined;
    this.session = new Session({ ...options, delivers, port: this });
    client.bind(new DrivenEnd(this, "client"));
    application.bind(new DrivenEnd(this, "application"));
    this.#ready = true;
    this.#settle();
  }

  get deadline(): number {
    return this.session.deadline;
  }

  tick(now: number): void {
    this.session.tick(now);
    this.#settle();
  }

  /** Takes bytes that came with the handshake, before the end was ours. */
  receive(side: Side, bytes: Uint8Array): void {
    if (bytes.length > 0) this.session.receive(side, bytes, this.#now());
    this.#settle();
  }

  /** An end was read. */
  read(side: Side, bytes: Uint8Array): void {
    const begun = this.#now();
    this.session.receive(side, bytes, begun);
    this.#settle();
    const chunks = this.#chunks;
    if (chunks?.isDue() === true) chunks.took(side, this.#now() - begun);
  }

  /** What waited for an end was taken. */
  drained(side: Side): void {
    this.session.drained(side, this.#now());
    this.#settle();
  }

  /** An end's peer ended its half. */
  ended(side: Side): void {
    this.session.ended(side, this.#now());
    this.#settle();
  }

  /** An end is gone. */
  gone(side: Side): void {
    this.session.gone(side, this.#now());
    this.#settle();
  }

  /** The gate ends the connection. */
  close(code: Parameters<Session["close"]>[0], detail: string): void {
    this.session.close(code, detail, this.#now());
    this.#settle();
  }

  write(side: Side, pieces: readonly Uint8Array[]): boolean {
    return this.#wire(side).write(pieces);
  }

  deliver(opcode: number, payload: Uint8Array): boolean {
    return this.#application.deliver?.(opcode, payload) ?? true;
  }

  /** An application in this process sends a message. @param atOnce whether it leaves now, with all before it; else at `flush` */
  send(message: SentMessage, atOnce: boolean): void {
    const now = this.#now();
    this.session.send(message, now);
    if (atOnce) this.session.flush(now);
    this.#settle();
  }

  /** Writes what an application in this process has sent, as one. */
  flush(): void {
    this.session.flush(this.#now());
    this.#settle();
  }

  /** An application in this process ends it, behind all that it sent. @param code `null`: a Close without a body */
  shut(code: number | null, reason: string): void {
    this.session.shut(code, reason, this.#now());
    this.#settle();
  }

  end(side: Side): void {
    this.#wire(side).end();
  }

  destroy(side: Side): void {
    this.#wire(side).destroy();
  }

  setReading(side: Side, reading: boolean): void {
    this.#wire(side).setReading(reading);
  }

  waitingBytes(side: Side): number {
    return this.#wire(side).waitingBytes;
  }

  reschedule(): void {
    // While the session is made there is nothing to settle yet: the constructor does it.
    if (this.#ready) this.#settle();
  }

  due(): void {
    this.tick(this.#now());
  }

  rebound(): void {
    this.#onRebound();
  }

  /** Puts a new proof of the same user in force. */
  refresh(refresh: Parameters<Session["refresh"]>[0]): void {
    this.session.refresh(refresh);
    this.#settle();
  }

  /** Puts the guards of another policy in force, between two messages, when something happens or `rebindNow` says so. */
  prepare(rebinding: Rebinding): void {
    this.session.prepare(rebinding, this.#now());
    this.#settle();
  }

  /** Puts in force what was prepared, and has the new timers asked for the first time. */
  rebindNow(): void {
    const now = this.#now();
    this.session.rebindNow(now);
    this.tick(now);
  }

  #wire(side: Side): Wire {
    return side === "client" ? this.#client : this.#application;
  }

  #settle(): void {
    this.#client.flush?.();
    this.#application.flush?.();
    const { deadline, over } = this.session;
    if (!over) {
      if (deadline === this.#scheduled) return;
      this.#scheduled = deadline;
      return this.#wheel.schedule(this);
    }
    if (this.#told) return;
    this.#told = true;
    this.#wheel.remove(this);
    this.#onOver();
  }
}

/** What one end tells its driver. Small: each open connection has two. */
class DrivenEnd implements WireEvents {
  readonly #driver: Driver;
  readonly #side: Side;

  constructor(driver: Driver, side: Side) {
    this.#driver = driver;
    this.#side = side;
  }

  data(bytes: Uint8Array): void {
    this.#driver.read(this.#side, bytes);
  }

  drained(): void {
    this.#driver.drained(this.#side);
  }

  ended(): void {
    this.#driver.ended(this.#side);
  }

  gone(): void {
    this.#driver.gone(this.#side);
  }
}
