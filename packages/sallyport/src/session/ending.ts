import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import type { Denial } from "../guards/guard.ts";
import { closeCode, maySendCloseCode } from "../protocol/close-code.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { CloseHandshake } from "./close-handshake.ts";
import { closingFor } from "./closing.ts";
import type { PeerClose, SessionLane } from "./lane-host.ts";
import type { SessionEvents } from "./session-events.ts";
import { otherSide, senderOf, sides, type Side } from "./session-port.ts";

/** What an ending needs of its session. */
export interface EndingSession {
  readonly bound: { readonly lanes: Readonly<Record<Side, SessionLane>> };
  /** A Close is on its way: both sides have so long, and are read to the end. */
  beginClosing(): void;
}

/** What an ending is made of. */
export interface EndingOptions {
  readonly close: CloseHandshake;
  readonly events: SessionEvents;
  readonly session: EndingSession;
}

/** How a connection ends: who is told what, by whose doing. The handshake of the Close itself is `CloseHandshake`. */
export class Ending {
  readonly #close: CloseHandshake;
  readonly #events: SessionEvents;
  readonly #session: EndingSession;

  constructor({ close, events, session }: EndingOptions) {
    this.#close = close;
    this.#events = events;
    this.#session = session;
  }

  /**
   * Records a decision that ends the connection and tells both sides, each with its code. A side that was sent a Close before
   * gets no other.
   */
  announce(direction: Direction | null, denial: Denial): void {
    if (!sides.some((side) => this.#close.mayWrite(side))) return;
    const { offender, code, bystanderCode, listens } = closingFor(denial.code, direction);
    const reason = `sallyport:${this.#events.decision("close", direction, denial)}`;
    this.#close.because("gate", code, reason);
    for (const side of sides) this.#session.bound.lanes[side].stop(listens || side !== offender);
    for (const side of sides) this.#send(side, side === offender ? code : bystanderCode, reason);
    if (!listens) this.#close.finish(offender);
    this.#session.beginClosing();
  }

  /** A peer's bytes, or nobody's doing: it cannot go on. */
  violate(direction: Direction | null, code: ErrorCode, detail: string): void {
    this.announce(direction, { code, detail });
  }

  /** A peer said its Close: the other one gets it as it came. */
  relay(direction: Direction, { code, reason, raw }: PeerClose): void {
    const side = senderOf(direction);
    this.#close.receive(side);
    this.#close.because(side, code, reason);
    this.#close.relay(otherSide(side), raw);
    this.#session.beginClosing();
  }

  /** A peer is gone without a Close. */
  lose(side: Side): void {
    if (side === "application")
      return this.violate(null, "upstream.lost", "the upstream ended its socket without a Close");
    this.#close.because("client", closeCode.abnormal);
    this.#session.bound.lanes.application.stop(true);
    this.#send("application", closeCode.goingAway, "");
    this.#close.finish("client");
    this.#session.beginClosing();
  }

  /** Closes a side that waits for an answer which will not come, with the code that began it (RFC 6455 5.5.1). */
  answer(side: Side): void {
    const { code } = this.#close;
    if (side === "client" && code === closeCode.none) this.#close.relay(side, EMPTY_CLOSE);
    else this.#send(side, maySendCloseCode(code) ? code : closeCode.normal, "");
  }

  #send(side: Side, code: number, reason: string): void {
    this.#close.send(side, {
      code,
      reason,
      midFrame: this.#session.bound.lanes[otherSide(side)].farMidFrame,
    });
  }
}

/** A Close without a body, towards a client. */
const EMPTY_CLOSE = Uint8Array.of(0x80 | opcodes.close, 0);
