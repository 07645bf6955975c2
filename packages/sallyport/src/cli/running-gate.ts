import type { ErrorCode } from "../errors.ts";
import type { AdminEvent, GateEvent } from "../events.ts";
import type { TakeBatch } from "../hosts/dashboard/event-tap.ts";
import type { GateTotals } from "../hosts/dashboard/gate-totals.ts";
import type { OtherNodes } from "../hosts/other-nodes.ts";
import type { GateWatch } from "../hosts/gate-watch.ts";
import type { PolicyView } from "../hosts/admin/policy-view.ts";
import type { IncidentQuery, KeptIncident } from "../hosts/incident-log.ts";
import type { ObservedRefusals } from "../hosts/dashboard/policy-message.ts";
import type { MetricsText } from "../hosts/metrics.ts";
import type { SessionFilter, SessionPage, SessionQuery } from "../hosts/open-sessions.ts";
import type { Reloaded } from "../hosts/reevaluate.ts";
import type { OrderDone, WatchOrder } from "../hosts/watch-order.ts";
import type { Config } from "../policy/effective-config.ts";
import type { Problem } from "../policy/problem.ts";
import type { GateState } from "../state/memory-state.ts";
import type { StateFigures } from "../state/redis-state.ts";
import type { StartFailure } from "./start-failure.ts";

/** What came of opening a gate: what it listens on, or everything that is wrong. */
export type Opened =
  | { readonly ok: true; readonly urls: readonly string[]; readonly developmentCaFile: string | null }
  | { readonly ok: false; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly failure: StartFailure };

/** Why connections are closed. */
export interface CloseReason {
  readonly code: ErrorCode;
  /** For the operator. Never a secret. */
  readonly detail: string;
}

/** The gate that `sallyport run` keeps: in this process, or in several workers that this process keeps. */
export interface RunningGate {
  /** Opens every listener, or none. */
  open(config: Config): Promise<Opened>;
  /** What is shared. A ban that is added holds everywhere at once; `closeBanned` ends what is open. */
  readonly state: GateState;
  /** Ends the open connections of banned addresses (4529). Answers how many. */
  closeBanned(): number | Promise<number>;
  /** What is watched for, what was found, and how to take back what was done about it. */
  readonly watch: GateWatch;
  connections(): number | Promise<number>;
  /** Why it is not ready; empty when it is. */
  problems(): readonly string[] | Promise<readonly string[]>;
  /** What was decided under an incident's id; `null` when it is not known any more. */
  findIncident(incident: string): unknown;
  /** The last decisions, the newest first. */
  listIncidents(query: IncidentQuery): readonly KeptIncident[] | Promise<readonly KeptIncident[]>;
  /** What guards that observe found since a time, as far as this process remembers; `null`: others do. @param since milliseconds since 1970 */
  observed(since: number): ObservedRefusals | null;
  /** A configuration was read: is it in force? */
  configured(ok: boolean): void;
  metricsText(): Promise<MetricsText>;
  /** What was counted so far. */
  totals(): GateTotals | Promise<GateTotals>;
  /** Has somebody told of events in batches. Answers what ends it. */
  lookAtEvents(taker: TakeBatch): () => void;
  /** The open connections of this node. */
  listSessions(query: SessionQuery): SessionPage | Promise<SessionPage>;
  /** The other nodes of a gate of several; `null`: there is one. */
  readonly others: OtherNodes | null;
  /** How the engine is that nodes share state through; `null`: there is none. */
  engine(): StateFigures | null;
  /** Closes every open connection of this node that the filter means. Answers how many. */
  closeSessions(filter: SessionFilter, why: CloseReason): Promise<number>;
  /** Does to open connections as ordered. */
  order(order: WatchOrder): Promise<OrderDone>;
  /** The policy in force; `null` before there is one. */
  policy(): PolicyView | null;
  /** Logs, counts and records what whoever keeps the gate does. */
  tell(event: AdminEvent | GateEvent): void;
  /** Makes everything ready for another configuration. Answers what is wrong with it; then nothing has changed. */
  prepare(config: Config): Promise<readonly string[]>;
  /** Puts in force what was prepared, for new connections and the open ones. */
  commit(): Promise<Reloaded>;
  /** No new connections; the open ones are closed with 1012 in batches. Resolves when all are gone. */
  drain(): Promise<void>;
  /** Ends at once whatever else runs for this gate. */
  kill(): void;
}
