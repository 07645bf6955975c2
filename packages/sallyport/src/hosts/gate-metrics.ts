import type { Counter, Registry } from "prom-client";
import type { Direction, LaneCounts } from "../events.ts";
import type { MemoryBans } from "../state/memory-bans.ts";
import type { MemoryRevocations } from "../state/memory-revocations.ts";
import type { Gate } from "./gate.ts";
import type { GateJournal } from "./gate-journal.ts";
import { addCounter, addGauge } from "./metric.ts";
import type { RouteTraffic } from "./route-traffic.ts";
import { readinessProblems } from "./well-known.ts";

/** A gate that runs; `null`: not yet. */
type FindGate = () => Gate | null;

const DIRECTIONS: readonly Direction[] = ["inbound", "outbound"];

/** What is in force, as far as it is counted. */
export interface CountedState {
  readonly bans: Pick<MemoryBans, "list">;
  readonly revocations: Pick<MemoryRevocations, "list">;
}

/** Adds what a gate is now: its connections, whether it is ready, its policy and certificates. Asked for at each scrape. */
export function addGateMetrics(
  registry: Registry,
  find: FindGate,
  { bans, revocations }: CountedState,
): void {
  addGauge(registry, "sallyport_connections_active", (gauge) => {
    const gate = find();
    for (const { id } of gate?.policy.routes ?? []) gauge.set({ route: id }, 0);
    for (const { route } of gate?.sessions.values() ?? []) gauge.inc({ route });
  });
  addGauge(registry, "sallyport_ready", (gauge) => {
    const gate = find();
    gauge.set(gate !== null && readinessProblems(gate).length === 0 ? 1 : 0);
  });
  addGauge(registry, "sallyport_guard_ready", (gauge) => {
    for (const { id, guards } of find()?.policy.routes ?? [])
      for (const guard of guards) {
        const state = guard.ready?.();
        if (state !== undefined) gauge.set({ route: id, guard: guard.name }, state.ready ? 1 : 0);
      }
  });
  addGauge(registry, "sallyport_policy_info", (gauge) => {
    const gate = find();
    if (gate !== null) gauge.set({ version: gate.policy.version }, 1);
  });
  addGauge(registry, "sallyport_certificate_not_after_timestamp_seconds", (gauge) => {
    for (const [listener, open] of find()?.listeners ?? []) {
      const notAfter = open.notAfter();
      if (notAfter !== null) gauge.set({ listener }, notAfter / 1000);
    }
  });
  addGauge(registry, "sallyport_sockets_open", async (gauge) => {
    for (const [listener, open] of find()?.listeners ?? []) gauge.set({ listener }, await open.sockets());
  });
  addCounter(registry, "sallyport_sockets_dropped_total", (counter) => {
    for (const [listener, open] of find()?.listeners ?? []) counter.inc({ listener }, open.dropped());
  });
  addGauge(registry, "sallyport_bans_active", (gauge) => gauge.set(bans.list(Date.now()).length));
  addGauge(registry, "sallyport_revocations_active", (gauge) =>
    gauge.set(revocations.list(Date.now()).length),
  );
}

/** Adds what became of records; nothing but a zero where there is no journal. */
export function addJournalMetrics(registry: Registry, find: () => GateJournal | null): void {
  addCounter(registry, "sallyport_journal_records_total", (counter) => {
    const counts = find()?.counts;
    if (counts === undefined) return;
    counter.inc({ outcome: "taken" }, counts.taken);
    counter.inc({ outcome: "shed" }, counts.shed);
  });
  addCounter(registry, "sallyport_journal_alarms_total", (counter) => {
    const alarms = find()?.counts.alarms;
    if (alarms === undefined) return;
    for (const level of ["info", "warn", "error"] as const) counter.inc({ level }, alarms[level]);
  });
  addGauge(registry, "sallyport_journal_waiting", (gauge) => gauge.set(find()?.counts.waiting ?? 0));
}

/** Adds messages and bytes: of connections that have closed, and of open ones, asked at the scrape. */
export function addTraffic(registry: Registry, find: FindGate, traffic: RouteTraffic): void {
  const collect = (what: keyof LaneCounts) => (counter: Counter) => {
    for (const [route, carried] of traffic.now(find()))
      for (const direction of DIRECTIONS) counter.inc({ route, direction }, carried[direction][what]);
  };
  addCounter(registry, "sallyport_messages_total", collect("messages"));
  addCounter(registry, "sallyport_message_bytes_total", collect("bytes"));
}
