import type { ErrorCode } from "../../errors.ts";
import type { MemoryBans } from "../../state/memory-bans.ts";
import type { MemoryRevocations } from "../../state/memory-revocations.ts";
import type { LiveSource } from "../dashboard/live-source.ts";
import type { GateWatch } from "../gate-watch.ts";
import type { MetricsText } from "../metrics.ts";
import type { SessionFilter, SessionPage, SessionQuery } from "../open-sessions.ts";
import type { Reloaded } from "../reevaluate.ts";
import type { AdminDesk } from "./admin-desk.ts";
import type { PolicyView } from "./policy-view.ts";

/** What a reload came to: what is in force now, or everything that is wrong; then nothing has changed. */
export type ReloadOutcome =
  | ({ readonly ok: true } & Reloaded)
  | { readonly ok: false; readonly problems: readonly string[] };

/** The gate as the admin API works on it: in this process, or in several. */
export interface AdminGate {
  readonly bans: Pick<MemoryBans, "add" | "remove" | "list">;
  readonly revocations: Pick<MemoryRevocations, "add" | "remove" | "list">;
  metricsText(): Promise<MetricsText>;
  /** What the dashboard shows while it happens. */
  readonly live: LiveSource;
  /** What was decided under an incident's id; `null` when it is not known any more. */
  findIncident(incident: string): unknown;
  /** Ends the open connections of banned addresses. Answers how many. */
  closeBanned(): number | Promise<number>;
  /** Why the gate is not ready; empty when it is. */
  problems(): readonly string[] | Promise<readonly string[]>;
  /** What the watch found, and how to take back what it did. */
  readonly watch: Pick<GateWatch, "list" | "undo" | "status" | "warnings">;
  /** Reads its journal. */
  readonly desk: AdminDesk;
  connections(): number | Promise<number>;
  listSessions(query: SessionQuery): SessionPage | Promise<SessionPage>;
  /** Closes every open connection that the filter means. Answers how many. */
  closeSessions(
    filter: SessionFilter,
    why: { readonly code: ErrorCode; readonly detail: string },
  ): Promise<number>;
  /** The policy in force; `null` before there is one. */
  policy(): PolicyView | null;
  reload(): Promise<ReloadOutcome>;
  /** Begins the drain, as SIGTERM does. */
  drain(): void;
}
