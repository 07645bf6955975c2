import type { Rebinding } from "../session/rebinding.ts";
import type { SentMessage } from "../session/outgoing-message.ts";
import type { StreamPart } from "../session/outgoing-stream.ts";
import { Session } from "../session/session.ts";
import type { SessionOptions } from "../session/session-options.ts";
import type { SessionPort, Side } from "../session/session-port.ts";
import type { DeadlineWheel, Timed } from "./deadline-wheel.ts";
import type { ChunkMeter } from "./meter.ts";
import type { Wire } from "./wire.ts";

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
  readonly #wires: Readonly<Record<Side, Wire>>;
  readonly #options: DriverOptions;
  /** The deadline that the wheel knows. */
  #scheduled = Number.NaN;
  #told = false;
  #ready = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#wires = { client: options.client, application: options.application };
    const delivers = options.application.deliver !== undefined;
    this.session = new Session({ ...options, delivers, port: this });
    this.#bind("client");
    this.#bind("application");
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
    if (bytes.length > 0) this.session.receive(side, bytes, this.#options.now());
    this.#settle();
  }

  /** The gate ends the connection. */
  close(code: Parameters<Session["close"]>[0], detail: string): void {
    this.session.close(code, detail, this.#options.now());
    this.#settle();
  }

  write(side: Side, pieces: readonly Uint8Array[]): boolean {
    return this.#wires[side].write(pieces);
  }

  deliver(opcode: number, payload: Uint8Array, goesOn: boolean): boolean {
    return this.#wires.application.deliver?.(opcode, payload, goesOn) ?? true;
  }

  /** An application in this process sends a message; it leaves at `flush`. */
  send(message: SentMessage | StreamPart): void {
    this.session.send(message, this.#options.now());
    this.#settle();
  }

  /** An application in this process pings the client. @param payload at most 125 bytes */
  ping(payload: Uint8Array): void {
    this.session.ping(payload, this.#options.now());
    this.#settle();
  }

  /** Writes what an application in this process has sent, as one. */
  flush(): void {
    this.session.flush(this.#options.now());
    this.#settle();
  }

  /** An application in this process ends it, behind all that it sent. @param code `null`: a Close without a body */
  shut(code: number | null, reason: string): void {
    this.session.shut(code, reason, this.#options.now());
    this.#settle();
  }

  end(side: Side): void {
    this.#wires[side].end();
  }

  destroy(side: Side): void {
    this.#wires[side].destroy();
  }

  setReading(side: Side, reading: boolean): void {
    this.#wires[side].setReading(reading);
  }

  waitingBytes(side: Side): number {
    return this.#wires[side].waitingBytes;
  }

  reschedule(): void {
    // While the session is made there is nothing to settle yet: the constructor does it.
    if (this.#ready) this.#settle();
  }

  due(): void {
    this.tick(this.#options.now());
  }

  rebound(): void {
    this.#options.onRebound();
  }

  /** Puts a new proof of the same user in force. */
  refresh(refresh: Parameters<Session["refresh"]>[0]): void {
    this.session.refresh(refresh);
    this.#settle();
  }

  /** Puts the guards of another policy in force, between two messages, when something happens or `rebindNow` says so. */
  prepare(rebinding: Rebinding): void {
    this.session.prepare(rebinding, this.#options.now());
    this.#settle();
  }

  /** Puts in force what was prepared, and has the new timers asked for the first time. */
  rebindNow(): void {
    const now = this.#options.now();
    this.session.rebindNow(now);
    this.tick(now);
  }

  #bind(side: Side): void {
    const { session } = this;
    const { now, chunks = null } = this.#options;
    this.#wires[side].bind({
      data: (bytes) => {
        const begun = now();
        session.receive(side, bytes, begun);
        this.#settle();
        if (chunks?.isDue() === true) chunks.took(side, now() - begun);
      },
      drained: () => {
        session.drained(side, now());
        this.#settle();
      },
      ended: () => {
        session.ended(side, now());
        this.#settle();
      },
      gone: () => {
        session.gone(side, now());
        this.#settle();
      },
    });
  }

  #settle(): void {
    this.#wires.client.flush?.();
    this.#wires.application.flush?.();
    const { deadline, over } = this.session;
    if (!over) {
      if (deadline === this.#scheduled) return;
      this.#scheduled = deadline;
      return this.#options.wheel.schedule(this);
    }
    if (this.#told) return;
    this.#told = true;
    this.#options.wheel.remove(this);
    this.#options.onOver();
  }
}
