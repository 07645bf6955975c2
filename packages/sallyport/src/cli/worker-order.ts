import type { Revocation } from "../guards/shared-state.ts";
import type { Identity } from "../guards/guard.ts";
import type { AcmeState } from "../hosts/acme/acme-board.ts";
import type { RefreshAnswer, RefreshKey, SessionsElsewhere } from "../hosts/gate.ts";
import type { TakeBatch } from "../hosts/dashboard/event-tap.ts";
import type { GateTotals } from "../hosts/dashboard/gate-totals.ts";
import type { IncidentQuery, KeptIncident } from "../hosts/incident-log.ts";
import type { SharedGateway } from "../hosts/gateway.ts";
import type { SessionFilter, SessionPage, SessionQuery } from "../hosts/open-sessions.ts";
import type { StatementKey } from "../hosts/statement-keys.ts";
import type { TimedEvent } from "../hosts/telemetry/otlp-records.ts";
import type { Reloaded } from "../hosts/reevaluate.ts";
import type { OrderDone, SlowOrder, WatchOrder } from "../hosts/watch-order.ts";
import type { SignalBatch } from "../hosts/watch-relay.ts";
import type { Config } from "../policy/effective-config.ts";
import type { Ban } from "../state/memory-bans.ts";
import type { StateAnswers } from "../state/worker-desk.ts";
import type { Outage, StateChanges } from "../state/worker-state.ts";
import type { CloseReason, Opened } from "./running-gate.ts";

/** A configuration as plain data: what a policy is compiled from. */
export type ConfigData = Pick<
  Config,
  "file" | "listeners" | "admin" | "log" | "journal" | "watch" | "alerts" | "telemetry" | "routes"
>;

/** What a worker is told to do first. */
export interface WorkerOrder {
  /** From 1; in its log lines. */
  readonly worker: number;
  readonly version: string;
  readonly config: ConfigData;
  readonly shared: SharedGateway;
  readonly bans: readonly Ban[];
  readonly revocations: readonly Revocation[];
  /** Since when those two may be out of date; `null`: they are not. */
  readonly outage: Outage;
  /** What the watch ordered, and that holds for connections to come. */
  readonly slowings: readonly SlowOrder[];
}

/** What a worker answers the primary process; what is not explained here is that of `RunningGate`. */
export interface WorkerAnswers extends StateChanges {
  readonly open: (order: WorkerOrder) => Promise<Opened>;
  readonly prepare: (config: ConfigData) => Promise<readonly string[]>;
  readonly commit: () => Promise<Reloaded>;
  /** Lets go of what was prepared. */
  readonly abandon: () => Promise<void>;
  readonly closeBanned: () => number;
  readonly connections: () => number;
  readonly listSessions: (query: SessionQuery) => SessionPage;
  readonly closeSessions: (filter: SessionFilter, why: CloseReason) => Promise<number>;
  /** Does to its connections as the watch ordered. */
  readonly order: (order: WatchOrder) => Promise<OrderDone>;
  readonly problems: () => readonly string[];
  readonly findIncident: (incident: string) => unknown;
  readonly listIncidents: (query: IncidentQuery) => readonly KeptIncident[];
  /** What it counts, as `createWorkerMetrics` takes it. */
  readonly samples: () => Promise<readonly object[]>;
  /** The same for the dashboard. */
  readonly totals: () => GateTotals;
  /** Whether anybody looks at events: then the worker sends them. */
  readonly lookAtEvents: (isLooked: boolean) => void;
  /** The same as of `refresh-endpoint.ts`, about the sessions of this worker. */
  readonly findRefreshable: (key: RefreshKey) => { readonly route: string; readonly path: string } | null;
  readonly refreshSession: (key: RefreshKey, identity: Identity) => RefreshAnswer | null;
  /** The keys that sign `Sallyport-Identity` from now on. */
  readonly statementKeys: (keys: readonly StatementKey[]) => void;
  /** Certificates from authorities, and the challenges that are open now. */
  readonly acme: (state: AcmeState) => void;
  readonly drain: () => Promise<void>;
}

/** What a worker asks the primary process: the state, and the sessions of the other workers. */
export interface PrimaryAnswers extends StateAnswers {
  readonly findElsewhere: SessionsElsewhere["find"];
  readonly refreshElsewhere: SessionsElsewhere["refresh"];
  /** Records of the journal, as `RelaySender` gathers them. Answers when the journal has them. */
  readonly record: (entries: Uint8Array) => Promise<void>;
  /** Takes what it has for the watch. */
  readonly signals: (batch: SignalBatch) => void;
  /** Events for the outputs. */
  readonly events: (events: readonly TimedEvent[]) => void;
  /** Events for who looks at them. */
  readonly seen: TakeBatch;
}

/** The part of a configuration that is data. */
export function configData(config: Config): ConfigData {
  const { file, listeners, admin, log, journal, watch, alerts, telemetry, routes } = config;
  return { file, listeners, admin, log, journal, watch, alerts, telemetry, routes };
}
