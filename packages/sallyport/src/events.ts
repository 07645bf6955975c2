import type { ErrorCode } from "./errors.ts";

/** `inbound`: from the client to the application. `outbound`: from the application to the client. */
export type Direction = "inbound" | "outbound";

/**
 * What a guard decided. `report`: it passes, and is told. `observe`: it would have refused, and lets pass because its mode is
 * `observe`.
 */
export type DecisionVerdict = "refuse" | "report" | "drop" | "replace" | "close" | "observe";

/** A handshake was refused, or would have been (`observe`). */
export interface HandshakeEvent {
  readonly type: "handshake";
  readonly verdict: "refuse" | "observe";
  /** Names this decision in the peer's answer and in our log. */
  readonly incident: string;
  readonly guard: string;
  readonly code: ErrorCode;
  readonly status: number;
  /** For the operator alone: the value that was found. Never a secret. */
  readonly detail: string;
  readonly route: string | null;
  readonly address: string;
  readonly user: string | null;
  /** Path without its query, which may hold secrets. */
  readonly path: string;
  readonly origin: string | null;
}

/** A connection was admitted. */
export interface OpenEvent {
  readonly type: "open";
  readonly session: string;
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
  readonly path: string;
  readonly origin: string | null;
  readonly subprotocol: string | null;
}

/** A guard decided something else than `pass` about an open connection or one of its messages. */
export interface DecisionEvent {
  readonly type: "decision";
  readonly verdict: Exclude<DecisionVerdict, "refuse">;
  readonly incident: string;
  readonly session: string;
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
  readonly direction: Direction | null;
  readonly guard: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** What one lane carried. */
export interface LaneCounts {
  readonly messages: number;
  /** Payload bytes of data messages. */
  readonly bytes: number;
}

/** A connection's proof was renewed in place. */
export interface RefreshEvent {
  readonly type: "refresh";
  readonly session: string;
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
  /** When the new proof ends, ISO 8601; `null` when it does not. */
  readonly until: string | null;
}

/** A connection ended. */
export interface ClosedEvent {
  readonly type: "closed";
  readonly session: string;
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
  readonly closedBy: "client" | "application" | "gate";
  /** The close code that ended it: 1005 for a Close without one, 1006 where none was seen. */
  readonly closeCode: number;
  readonly durationMs: number;
  readonly inbound: LaneCounts;
  readonly outbound: LaneCounts;
}

/** Somebody used the admin API: changed something, read about persons, or was refused. */
export interface AdminEvent {
  readonly type: "admin";
  /** The name of the token; `null` where none was right. */
  readonly name: string | null;
  readonly role: "viewer" | "operator" | "admin" | null;
  /** Where from. */
  readonly address: string;
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  readonly status: number;
  /** What was asked for, and what came of it; or why it was refused. Never a token. */
  readonly detail: string;
}

/** The gate's own life: what it did, or what it could not do. */
export interface GateEvent {
  readonly type: "gate";
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly detail?: string;
}

/** Everything that the gate tells: the source of the log, the metrics, the journal, the detectors and the dashboard. */
export type SallyportEvent =
  | HandshakeEvent
  | OpenEvent
  | RefreshEvent
  | DecisionEvent
  | ClosedEvent
  | AdminEvent
  | GateEvent;

/** Takes events; must not throw and must not wait. */
export type Emit = (event: SallyportEvent) => void;
