import type { ErrorCode } from "../../errors.ts";
import type { MemoryBans } from "../../state/memory-bans.ts";
import type { SharedRevocations } from "../../state/memory-state.ts";
import type { StateFigures } from "../../state/redis-state.ts";
import type { LiveSource } from "../dashboard/live-source.ts";
import type { GateWatch } from "../gate-watch.ts";
import type { IncidentQuery, KeptIncident } from "../incident-log.ts";
import type { MetricsText } from "../metrics.ts";
import type { ClosedSessions, SessionFilter, SessionPage, SessionQuery } from "../open-sessions.ts";
import type { Reloaded } from "../reevaluate.ts";
import type { DemandedRefresh } from "../other-nodes.ts";
import type { AdminDesk } from "./admin-desk.ts";
import type { PolicyView } from "./policy-view.ts";

/** What a reload came to: what is in force now, or everything that is wrong; then nothing has changed. */
export type ReloadOutcome =
  | ({ readonly ok: true } & Reloaded)
  | { readonly ok: false; readonly problems: readonly string[] };

/** The gate as the admin API works on it: in this process, or in several. */
export interface AdminGate {
  readonly bans: Pick<MemoryBans, "add" | "remove" | "list">;
  readonly revocations: Pick<SharedRevocations, "add" | "remove" | "list">;
  metricsText(): Promise<MetricsText>;
  /** What the dashboard shows while it happens. */
  readonly live: LiveSource;
  /** What was decided under an incident's id; `null` when it is not known any more. */
  findIncident(incident: string): unknown;
  /** The last decisions, the newest first. */
  listIncidents(query: IncidentQuery): readonly KeptIncident[] | Promise<readonly KeptIncident[]>;
  /** Ends the open connections of banned addresses. Answers how many. */
  closeBanned(): number | Promise<number>;
  /** Why the gate is not ready; empty when it is. */
  problems(): readonly string[] | Promise<readonly string[]>;
  /** What the watch found, and how to take back what it did. */
  readonly watch: Pick<GateWatch, "list" | "undo" | "status" | "warnings">;
  /** How the engine is that nodes share state through; `null`: there is none. */
  engine(): StateFigures | null;
  /** Reads its journal. */
  readonly desk: AdminDesk;
  connections(): number | Promise<number>;
  listSessions(query: SessionQuery): SessionPage | Promise<SessionPage>;
  /** Closes every open connection that the filter means, at every node. */
  closeSessions(
    filter: SessionFilter,
    why: { readonly code: ErrorCode; readonly detail: string },
  ): Promise<ClosedSessions>;
  /**
   * Demands a fresh credential of every open connection that the filter means, at every node: it has to come in time, or the connection is closed (4401), as it
   * is at once where it cannot be refreshed.
   */
  demandRefresh(filter: SessionFilter): Promise<DemandedRefresh>;
  /** The policy in force; `null` before there is one. */
  policy(): PolicyView | null;
  reload(): Promise<ReloadOutcome>;
  /** Begins the drain, as SIGTERM does. */
  drain(): void;
}
