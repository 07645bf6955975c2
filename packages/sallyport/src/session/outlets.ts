import type { ConnectionView } from "../guards/connection-view.ts";
import type { Guard } from "../guards/guard.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { Binding } from "./binding.ts";
import type { CloseHandshake } from "./close-handshake.ts";
import { fullness, type Fullness } from "./fullness.ts";
import type { SessionPort, Side } from "./session-port.ts";

/** What outlets need of their session. */
export interface OutletsSession {
  readonly bound: Binding;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** What outlets are made of. */
export interface OutletsOptions {
  readonly port: SessionPort;
  readonly close: CloseHandshake;
  readonly session: OutletsSession;
}

/** What goes to either side, and since when it waits there. */
export class Outlets {
  /** Since when bytes have waited for a side without a drain; `null` when none wait. */
  readonly waitingSince: Record<Side, number | null> = { client: null, application: null };

  readonly #port: SessionPort;
  readonly #close: CloseHandshake;
  readonly #session: OutletsSession;
  /** What a ping said that is to be answered when the client takes something. */
  #latePong: Uint8Array | null = null;
  /** Settles when the application takes messages again; `null`: it does, or nobody waits for it. */
  #taken: PromiseWithResolvers<void> | null = null;

  constructor({ port, close, session }: OutletsOptions) {
    this.#port = port;
    this.#close = close;
    this.#session = session;
  }

  /** Writes bytes to a side. */
  write(side: Side, pieces: readonly Uint8Array[]): void {
    if (!this.#port.write(side, pieces)) this.#waitFor(side);
  }

  /** Pings the client. */
  ping(payload: Uint8Array): void {
    if (this.#close.mayWrite("client"))
      this.write("client", [serializeFrame({ opcode: opcodes.ping, payload, maskKey: null })]);
  }

  /**
   * Gives an application that takes messages one that passed, or a piece of one. Pings are answered for it. What settles when it takes
   * more; `null`: it does.
   */
  deliver(opcode: number, payload: Uint8Array, goesOn: boolean): Promise<void> | null {
    if (opcode === opcodes.ping) this.#pong(payload);
    else if (this.#close.mayWrite("application") && this.#port.deliver?.(opcode, payload, goesOn) === false) {
      this.#waitFor("application");
      this.#taken ??= Promise.withResolvers<void>();
      return this.#taken.promise;
    }
    return null;
  }

  /** A side took what waited. */
  drained(side: Side): void {
    this.waitingSince[side] = null;
    if (side === "application") {
      this.#taken?.resolve();
      this.#taken = null;
    }
    if (side === "client" && this.#latePong !== null) this.#pong(this.#latePong);
  }

  /** Whether what an application in this process sends has to wait: for the client, or for a guard. */
  get full(): boolean {
    return this.waitingSince.client !== null || this.#session.bound.outgoing?.queues === true;
  }

  /** Bytes that wait for the client: written, or vetted and about to be. */
  get waitingBytes(): number {
    return this.#port.waitingBytes("client") + (this.#session.bound.outgoing?.waitingBytes ?? 0);
  }

  /** What becomes of the next message to the client, by its guard; `null`: there is room. */
  fullness(guard: Guard | undefined): Fullness | null {
    return guard?.waiting === undefined ? null : fullness(guard.waiting, this.waitingBytes);
  }

  /** As timer guards see it. */
  view(): Pick<ConnectionView, "waitingBytes" | "waitingSince" | "applicationWaitingSince"> {
    const { client, application } = this.waitingSince;
    return { waitingBytes: this.waitingBytes, waitingSince: client, applicationWaitingSince: application };
  }

  /** The latest alone is answered where the client takes nothing (RFC 6455 5.5.3). */
  #pong(payload: Uint8Array): void {
    this.#latePong = null;
    if (!this.#close.mayWrite("client")) return;
    if (this.waitingSince.client !== null) this.#latePong = payload.slice();
    else this.write("client", [serializeFrame({ opcode: opcodes.pong, payload, maskKey: null })]);
  }

  #waitFor(side: Side): void {
    if (this.waitingSince[side] !== null) return;
    const { now, bound } = this.#session;
    this.waitingSince[side] = now;
    bound.timers.wake(now, ({ waiting }) => waiting !== undefined);
  }
}
