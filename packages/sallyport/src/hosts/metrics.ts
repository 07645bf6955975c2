import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AdminEvent, ClosedEvent, Direction, SallyportEvent } from "../events.ts";
import type { Gate } from "./gate.ts";
import type { WatchFigures } from "./gate-watch.ts";
import { addWatchMetrics } from "./watch-metrics.ts";
import { readinessProblems } from "./well-known.ts";

/** The metrics of a gate, in the Prometheus text format. */
export interface Metrics {
  /** Counts an event. */
  take(event: SallyportEvent): void;
  /** What `/metrics` answers. */
  text(): Promise<MetricsText>;
  /** The same as plain data, for `createWorkerMetrics` of another process. */
  samples(): Promise<readonly object[]>;
}

/** The text of `/metrics`, and its content type. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

const DURATION_BUCKETS_S = [1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600];
const DIRECTIONS: readonly Direction[] = ["inbound", "outbound"];

interface Totals {
  messages: number;
  bytes: number;
}

/**
 * Makes the metrics. Nothing is counted per message: each lane counts for itself, and a scrape adds up the open connections
 * and those that have closed. Labels are of the configuration or the registry, never of a peer.
 *
 * @param gate the running gate, once it runs
 * @param watch what its watch is up to
 */
export function createMetrics(
  version: string,
  gate: () => Gate | null,
  watch: () => WatchFigures | null = () => null,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]): Counter =>
    new Counter({ name: `sallyport_${name}`, help, labelNames, registers });
  const handshakes = counter(
    "handshakes_total",
    "Handshakes by verdict, with the guard and code that refused.",
    ["route", "verdict", "guard", "code"],
  );
  const refreshes = counter("refreshes_total", "Identities that were renewed on open connections.", [
    "route",
  ]);
  const adminCalls = countAdminCalls(registry);
  const decisions = counter(
    "decisions_total",
    "Decisions of guards about open connections and their messages.",
    ["route", "verdict", "guard", "code", "direction"],
  );
  const closed = counter(
    "connections_closed_total",
    "Connections that ended, by who ended them and the close code.",
    ["route", "by", "code"],
  );
  const duration = new Histogram({
    name: "sallyport_connection_duration_seconds",
    help: "How long connections lasted.",
    labelNames: ["route"],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const build = new Gauge({
    name: "sallyport_build_info",
    help: "The version that runs.",
    aggregator: "max",
    labelNames: ["version"],
    registers,
  });
  build.set({ version }, 1);
  addLiveMetrics(registry, gate);
  addJournalMetrics(registry, gate);
  const found = addWatchMetrics(registry, watch);
  const finished = addTraffic(registry, gate);
  return {
    take(event) {
      if (event.type === "handshake") {
        handshakes.inc({
          route: event.route ?? "",
          verdict: event.verdict,
          guard: event.guard,
          code: event.code,
        });
      } else if (event.type === "open") {
        handshakes.inc({ route: event.route, verdict: "admit", guard: "", code: "" });
      } else if (event.type === "refresh") {
        refreshes.inc({ route: event.route });
      } else if (event.type === "decision") {
        decisions.inc({
          route: event.route,
          verdict: event.verdict,
          guard: event.guard,
          code: event.code,
          direction: event.direction ?? "",
        });
      } else if (event.type === "admin") {
        adminCalls(event);
      } else if (event.type === "finding") {
        found(event);
      } else if (event.type === "closed") {
        closed.inc({ route: event.route, by: event.closedBy, code: codeLabel(event.closeCode) });
        duration.observe({ route: event.route }, event.durationMs / 1000);
        finished(event);
      }
    },
    async text() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    samples: () => registry.getMetricsAsJSON(),
  };
}

/** Counts calls of the admin API that are recorded. */
export function countAdminCalls(registry: Registry): (event: AdminEvent) => void {
  const calls = new Counter({
    name: "sallyport_admin_calls_total",
    help: "Recorded calls of the admin API, by the token's name (empty: none was right) and status.",
    labelNames: ["name", "status"],
    registers: [registry],
  });
  return ({ name, status }) => calls.inc({ name: name ?? "", status });
}

function addLiveMetrics(registry: Registry, gate: () => Gate | null): void {
  registry.registerMetric(
    new Gauge({
      registers: [],
      name: "sallyport_connections_active",
      help: "Open connections.",
      labelNames: ["route"],
      collect() {
        this.reset();
        const running = gate();
        for (const { id } of running?.policy.routes ?? []) this.set({ route: id }, 0);
        for (const { route } of running?.sessions.values() ?? []) this.inc({ route });
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      registers: [],
      name: "sallyport_ready",
      help: "1 when the gate takes new connections.",
      aggregator: "min",
      collect() {
        const running = gate();
        this.set(running !== null && readinessProblems(running).length === 0 ? 1 : 0);
      },
    }),
  );
}

/** What became of records; nothing where there is no journal. */
function addJournalMetrics(registry: Registry, gate: () => Gate | null): void {
  registry.registerMetric(
    new Counter({
      registers: [],
      name: "sallyport_journal_records_total",
      help: "Records of the journal: taken, or shed for want of room.",
      labelNames: ["outcome"],
      collect() {
        const counts = gate()?.journal?.counts;
        this.reset();
        if (counts === undefined) return;
        this.inc({ outcome: "taken" }, counts.taken);
        this.inc({ outcome: "shed" }, counts.shed);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      registers: [],
      name: "sallyport_journal_alarms_total",
      help: "What the journal had to tell, such as a disk that takes no records.",
      labelNames: ["level"],
      collect() {
        const alarms = gate()?.journal?.counts.alarms;
        this.reset();
        for (const level of ["info", "warn", "error"] as const) this.inc({ level }, alarms?.[level] ?? 0);
      },
    }),
  );
}

/** Messages and bytes: of connections that have closed, kept here, and of open ones, asked at the scrape. */
function addTraffic(registry: Registry, gate: () => Gate | null): (event: ClosedEvent) => void {
  const closed = new Map<string, Record<Direction, Totals>>();
  const totalsOf = (
    totals: Map<string, Record<Direction, Totals>>,
    route: string,
  ): Record<Direction, Totals> => {
    const known = totals.get(route) ?? {
      inbound: { messages: 0, bytes: 0 },
      outbound: { messages: 0, bytes: 0 },
    };
    totals.set(route, known);
    return known;
  };
  const add = (sum: Totals, more: Readonly<Totals>): void => {
    sum.messages += more.messages;
    sum.bytes += more.bytes;
  };
  const collectInto = (what: keyof Totals) =>
    function collect(this: Counter): void {
      const now = new Map([...closed].map(([route, sums]) => [route, structuredClone(sums)]));
      for (const { route, driver } of gate()?.sessions.values() ?? []) {
        const counts = driver.session.counts();
        for (const direction of DIRECTIONS) add(totalsOf(now, route)[direction], counts[direction]);
      }
      this.reset();
      for (const [route, sums] of now)
        for (const direction of DIRECTIONS) this.inc({ route, direction }, sums[direction][what]);
    };
  const labelNames = ["route", "direction"];
  registry.registerMetric(
    new Counter({
      registers: [],
      name: "sallyport_messages_total",
      help: "Data messages that passed.",
      labelNames,
      collect: collectInto("messages"),
    }),
  );
  registry.registerMetric(
    new Counter({
      registers: [],
      name: "sallyport_message_bytes_total",
      help: "Payload bytes of data messages that passed.",
      labelNames,
      collect: collectInto("bytes"),
    }),
  );
  return (event) => {
    for (const direction of DIRECTIONS) add(totalsOf(closed, event.route)[direction], event[direction]);
  };
}

/** Applications choose among a thousand codes of their own: one label for all of them keeps the series bounded. */
function codeLabel(code: number): string {
  return code >= 3000 && (code < 4400 || code > 4599) ? `${Math.floor(code / 1000)}xxx` : String(code);
}
