import type { Direction } from "../events.ts";

/** The two ends of a session: `client` is where the browser is, `application` where the server is. */
export type Side = "client" | "application";

/** Both ends. */
export const sides: readonly Side[] = ["client", "application"];

/** The other end. */
export function otherSide(side: Side): Side {
  return side === "client" ? "application" : "client";
}

/** The end that sends in a direction. */
export function senderOf(direction: Direction): Side {
  return direction === "inbound" ? "client" : "application";
}

/** What a session can do to the sockets that it never touches itself. A host implements it. */
export interface SessionPort {
  /** Writes the pieces in order, as one; they are valid during the call only. Returns `false` when the socket is full; `Session.drained` follows. */
  write(side: Side, pieces: readonly Uint8Array[]): boolean;
  /**
   * Gives a message, ping or pong that passed to an application that takes messages, or a piece of a message, whose `goesOn` says that
   * others follow. The payload is valid during the call only. Returns `false` when it wants no more for now; `Session.drained` follows.
   * Only where `SessionOptions.delivers` says so.
   */
  deliver?(opcode: number, payload: Uint8Array, goesOn: boolean): boolean;
  /** Ends our half of the socket after what was written. */
  end(side: Side): void;
  /** Ends the socket at once. */
  destroy(side: Side): void;
  /** Stops or starts reading. Idempotent. */
  setReading(side: Side, reading: boolean): void;
  /** The session's deadline has moved outside of any call of the host. */
  reschedule(): void;
  /** Something that a guard waited for has come: `Session.tick` is to be called. Never called inside a call of the session. */
  due(): void;
  /** What was prepared is in force: the guards of before are asked no more. Where the session ends before, nothing is told. */
  rebound(): void;
  /** Bytes written and not yet taken by the network. */
  waitingBytes(side: Side): number;
}
