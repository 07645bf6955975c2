import type { ErrorCode } from "./errors.ts";

/** `inbound`: from the client to the application. `outbound`: from the application to the client. */
export type Direction = "inbound" | "outbound";

/**
 * What a guard decided. `report`: it passes, and is told. `observe`: it would have refused, and lets pass because its mode is
 * `observe`.
 */
export type DecisionVerdict = "refuse" | "report" | "drop" | "replace" | "close" | "observe";

/**
 * What else a policy may be asked about when a handshake is judged again. No secret, and no claims: those are personal data that
 * nobody asked to have in a log.
 */
export interface ToldArrival {
  /** Whether it asked for a WebSocket, or for a page or a ticket. */
  readonly kind: "websocket" | "http";
  /** Host name that was asked for, in lower case, without port. */
  readonly host: string;
  /** Whether the client's side was TLS. */
  readonly secure: boolean;
  /** Whether it brought a cookie. */
  readonly cookie: boolean;
  /** Who said who the caller is; `null` where nobody had yet. */
  readonly caller: ToldCaller | null;
}

/** An identity without its claims and its user, whom the event names. */
export interface ToldCaller {
  /** The provider of the `identity` guard that decided. */
  readonly provider: string;
  readonly issuer: string | null;
  readonly tenant: string | null;
  /** Where the credential stood; `null` for anonymous. */
  readonly credential: string | null;
  /** When the proof ends, ISO 8601; `null` when it does not. */
  readonly until: string | null;
}

/** Where something stands in a distributed trace (W3C Trace Context). Only where traces are exported, and the trace is sampled. */
export interface ToldTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span of the handshake: 16 hexadecimal digits. */
  readonly spanId: string;
  /** The client's span; `null`: the trace began here. */
  readonly parentId: string | null;
  /** When the handshake began, wall clock, milliseconds since the epoch. */
  readonly startedAt: number;
}

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
  /** Absent where the request was refused before it was read. */
  readonly arrival?: ToldArrival;
  readonly trace?: ToldTrace;
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
  /** Absent in records of versions that did not tell it. */
  readonly arrival?: ToldArrival;
  readonly trace?: ToldTrace;
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
  readonly trace?: ToldTrace;
  /** What detectors of the guard found in the message: how often each, by its name. Absent where the guard has none. */
  readonly found?: Readonly<Record<string, number>>;
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
  readonly trace?: ToldTrace;
}

/** Somebody used the admin API: changed something, read about persons, or was refused. */
export interface AdminEvent {
  readonly type: "admin";
  /** The name of the token; `null` where none was right. */
  readonly name: string | null;
  readonly role: "viewer" | "operator" | "investigator" | "admin" | null;
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

/** How bad a finding is. */
export type Severity = "low" | "medium" | "high" | "critical";

/** What is done about a finding: `slow` reads more slowly, `refresh` demands a fresh token, `close` ends connections, `ban` refuses an address. */
export type Answer = "alert" | "slow" | "refresh" | "close" | "ban";

/** Whom or what a finding is about. */
export interface Subject {
  /** `address`: one of IPv4, or the /64 of an IPv6 address, as a CIDR range; or a wider subnet. */
  readonly kind: "address" | "user" | "session" | "route";
  readonly value: string;
}

/** A detector of the watch noticed something. */
export interface FindingEvent {
  readonly type: "finding";
  /** Names this finding, as an incident is named. */
  readonly incident: string;
  readonly detector: string;
  readonly severity: Severity;
  /** What was noticed, in one sentence with its numbers. Never a secret, and no content of a message. */
  readonly sentence: string;
  readonly subject: Subject;
  readonly route: string | null;
  readonly address: string | null;
  readonly user: string | null;
  readonly session: string | null;
  /** The numbers of the sentence, by name. */
  readonly measured: Readonly<Record<string, number>>;
  /** Where to read more, such as `ATT&CK T1110.004`. */
  readonly references: readonly string[];
  /** What the configuration wants done. */
  readonly answer: Answer;
  /** `observe`: it would have been done, and was not. `spared`: the subject is on the allow-list. */
  readonly outcome: "done" | "observe" | "spared" | "failed";
  /** What was done, and for how long; empty where there is nothing to say. */
  readonly detail: string;
}

/** Everything that the gate tells: the source of the log, the metrics, the journal, the detectors and the dashboard. */
export type SallyportEvent =
  | HandshakeEvent
  | OpenEvent
  | RefreshEvent
  | DecisionEvent
  | ClosedEvent
  | AdminEvent
  | FindingEvent
  | GateEvent;

/** Takes events; must not throw and must not wait. */
export type Emit = (event: SallyportEvent) => void;
