import type { ClosedEvent } from "../events.ts";
import { closeCode } from "../protocol/close-code.ts";
import { serializeClose } from "../protocol/frame-serializer.ts";
import { sides, type SessionPort, type Side } from "./session-port.ts";

/** A Close frame was written to this side, ours or relayed. */
const SENT = 1;
/** A Close frame came from this side, or none will. */
const RECEIVED = 2;
/** Our half of its socket was ended. */
const FINISHED = 4;
/** Its socket is gone. */
const GONE = 8;

/** What makes four random bytes, for Close frames towards the application. */
export interface MaskKeys {
  maskKey(): Uint8Array;
}

/** How a connection ends, as an application is told it. */
export interface ToldEnd {
  readonly by: ClosedEvent["closedBy"];
  readonly code: number;
  readonly reason: string;
  /** What the client is told: where the gate ends it, by its own code. */
  readonly clientCode: number;
}

/**
 * The end of a connection on both sides (RFC 6455 7.1): each side gets one Close frame, ours or the other's, and its
 * socket is ended once its own Close has come, or when the time is over. Never a bare TCP cut where a frame can be sent.
 */
export class CloseHandshake {
  /** Until when (monotonic ms) both sides must be done; `null` while no Close is on its way. */
  deadline: number | null = null;
  /** Who began it. */
  by: ClosedEvent["closedBy"] = "gate";
  /** The code that it began with. */
  code: number = closeCode.abnormal;
  /** The reason that stands beside it. */
  reason = "";
  /** What the application was told by us; `null`: nothing. */
  toldApplication: number | null = null;

  readonly #port: SessionPort;
  readonly #keys: MaskKeys;
  /** How far each side is. Flags, since every open connection has them and few ever set one. */
  #client = 0;
  #application = 0;

  constructor(port: SessionPort, keys: MaskKeys) {
    this.#port = port;
    this.#keys = keys;
  }

  /** Whether a Close is on its way. */
  get begun(): boolean {
    return this.deadline !== null;
  }

  /** Whether both sockets are gone. */
  get over(): boolean {
    return (this.#client & this.#application & GONE) !== 0;
  }

  /** Whether frames may still be written to this side. */
  mayWrite(side: Side): boolean {
    return !this.#is(side, SENT | FINISHED | GONE);
  }

  /** Whether this side's Close, or its end, was seen. */
  received(side: Side): boolean {
    return this.#is(side, RECEIVED);
  }

  /** How it ends or ended, as the application is told it; `null`: no Close is on its way. */
  get told(): ToldEnd | null {
    const { begun, by, code, reason, toldApplication } = this;
    return begun
      ? { by, code: by === "gate" ? (toldApplication ?? code) : code, reason, clientCode: code }
      : null;
  }

  /** Why it is about to begin; nothing new once it has begun. */
  because(by: ClosedEvent["closedBy"], code: number, reason = ""): void {
    if (this.begun) return;
    this.by = by;
    this.code = code;
    this.reason = reason;
  }

  /** The first Close is on its way: from now on it ends by itself. */
  begin(now: number, withinMs: number): void {
    this.deadline ??= now + withinMs;
  }

  /** Sends a Close of ours. @param midFrame the side has got half a frame, in which no Close can stand: its socket ends */
  send(
    side: Side,
    close: { readonly code: number; readonly reason: string; readonly midFrame: boolean },
  ): void {
    if (!this.mayWrite(side)) return;
    this.#mark(side, SENT);
    if (side === "application") this.toldApplication = close.code;
    if (close.midFrame) {
      this.#mark(side, FINISHED);
      this.#port.destroy(side);
      return;
    }
    const maskKey = side === "application" ? this.#keys.maskKey() : null;
    this.#port.write(side, [serializeClose(close.code, close.reason, maskKey)]);
  }

  /** Passes on the Close of the other side, as it came. */
  relay(side: Side, raw: Uint8Array): void {
    if (!this.mayWrite(side)) return;
    this.#mark(side, SENT);
    this.#port.write(side, [raw]);
  }

  /** This side's Close has come, or none will. */
  receive(side: Side): void {
    this.#mark(side, RECEIVED);
  }

  /** Ends our half of a side's socket. */
  finish(side: Side): void {
    if (this.#is(side, FINISHED | GONE)) return;
    this.#mark(side, FINISHED);
    this.#port.end(side);
  }

  /** A side's socket is gone. Returns `false` when that was known. */
  lose(side: Side): boolean {
    const known = this.#is(side, GONE);
    this.#mark(side, GONE);
    return !known;
  }

  /** Ends our half of every side whose handshake is done. */
  advance(): void {
    for (const side of sides) if (this.#is(side, SENT) && this.#is(side, RECEIVED)) this.finish(side);
  }

  /** The time is over. */
  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    for (const side of sides) if (!this.#is(side, GONE)) this.#port.destroy(side);
  }

  /** Whether any of these flags is set. */
  #is(side: Side, flags: number): boolean {
    return ((side === "client" ? this.#client : this.#application) & flags) !== 0;
  }

  #mark(side: Side, flag: number): void {
    if (side === "client") this.#client |= flag;
    else this.#application |= flag;
  }
}
