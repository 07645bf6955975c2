import type { Message, Unconfirmed } from "./outbox.ts";

/**
 * What ended a connection, or an attempt at one:
 * - `closed`: the connection was closed, by the peer's Close (`code`, `reason`) or without one (1006);
 * - `refused`: the gate gave no ticket (`status`, `incident`);
 * - `handshake`: the WebSocket did not open; why, a platform does not tell;
 * - `network`: the gate could not be asked for a ticket, or its answer not be read (`error`);
 * - `token`: the token hook, or the key, failed (`error`);
 * - `timeout`: no answer in time to a handshake or a Close;
 * - `heartbeat`: the peer was silent for too long;
 * - `expired`: the proof has ended, and nobody closed the connection: it is dead;
 * - `caller`: `close` was called; `aborted`: the signal was.
 */
export type EndCause =
  | "closed"
  | "refused"
  | "handshake"
  | "network"
  | "token"
  | "timeout"
  | "heartbeat"
  | "expired"
  | "caller"
  | "aborted";

/** The end of a connection, or of an attempt at one. */
export interface End extends Unconfirmed {
  readonly cause: EndCause;
  /** As a `WebSocket` tells it; 1006 where there was no Close. */
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** Of the gate's refusal of a ticket; `null`: there was none. */
  readonly status: number | null;
  /** Under which the operator of the gate finds the reason; `null`: the gate named none. */
  readonly incident: string | null;
  /** What was thrown, where something was. */
  readonly error: unknown;
}

/** What `lost` tells: there is no connection, and the next attempt comes after `delayMs`. */
export interface Lost extends End {
  /** How many attempts failed in a row, this one included. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** What `close` tells: it is over. */
export interface Ended extends End {
  /** What waited and was never sent, in order. */
  readonly unsent: readonly Message[];
}

/** What `dropped` tells: messages that were not sent, and will not be. */
export interface Dropped {
  /** The queue was full, and its policy is to drop; or it was over already. */
  readonly because: "full" | "ended";
  readonly messages: readonly Message[];
}

/** What `renewed` tells: a proof is in force. */
export interface Renewed {
  /** `null`: it does not end. */
  readonly expiresAt: Date | null;
}

/** What `renewalfailed` tells: the connection ends with its proof, unless a later attempt succeeds. */
export interface RenewalFailed extends Renewed, Partial<Pick<End, "status" | "incident" | "error">> {
  readonly cause: "refused" | "network" | "token";
  /** `null`: there is no further attempt. */
  readonly delayMs: number | null;
}

/** The event that ends a `SallyportSocket`. */
export type EndedEvent = CloseEvent & { readonly detail: Ended };

/** The events of a `SallyportSocket`. */
export interface SocketEvents {
  open: Event;
  message: MessageEvent;
  error: Event;
  close: EndedEvent;
  lost: CustomEvent<Lost>;
  dropped: CustomEvent<Dropped>;
  renewed: CustomEvent<Renewed>;
  renewalfailed: CustomEvent<RenewalFailed>;
}

/** A `close` event: no `CloseEvent`, of which Node 22 has none, but with all its fields. */
export function createEndedEvent(detail: Ended): Event {
  return Object.assign(new Event("close"), detail, { detail });
}
