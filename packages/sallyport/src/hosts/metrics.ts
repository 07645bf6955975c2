import { Registry } from "prom-client";
import type { SallyportEvent } from "../events.ts";
import type { Count } from "../guards/count.ts";
import { createConfigMetrics } from "./config-metrics.ts";
import { addEventMetrics } from "./event-metrics.ts";
import { addGateMetrics, addJournalMetrics, addTraffic, type CountedState } from "./gate-metrics.ts";
import type { Gate } from "./gate.ts";
import type { WatchFigures } from "./gate-watch.ts";
import { addCounter, addGauge, addHistogram } from "./metric.ts";
import { ChunkMeter, type Meter } from "./meter.ts";
import type { CountOutput } from "./output-count.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { addStateMetrics, type EngineFigures } from "./state-metrics.ts";
import { RouteTraffic } from "./route-traffic.ts";
import { addWatchMetrics } from "./watch-metrics.ts";

/** The metrics of a gate, in the Prometheus text format. */
export interface Metrics {
  /** Counts an event. */
  take(event: SallyportEvent): void;
  /** Counts what guards tell of what they do without an event. */
  readonly count: Count;
  /** Counts what became of alerts and exported records. */
  readonly countOutput: CountOutput;
  /** What hosts measure. */
  readonly meter: Meter;
  /** A configuration was read: is it in force? */
  configured(ok: boolean): void;
  /** What `/metrics` answers. */
  text(): Promise<MetricsText>;
  /** The same as plain data, for `createWorkerMetrics` of another process. */
  samples(): Promise<readonly object[]>;
  /** Nothing more is measured. */
  close(): void;
}

/** The text of `/metrics`, and its content type. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** What the metrics are of. */
export interface MetricsOptions {
  readonly version: string;
  /** The running gate, once it runs. */
  readonly gate: () => Gate | null;
  readonly state: CountedState;
  /** Lines that the log lost so far. Default: it is nobody's to say. */
  readonly logLost?: (() => number) | undefined;
  /** What its watch is up to. Default: it has none, or another process has it. */
  readonly watch?: () => WatchFigures | null;
  /** How the engine is that state is shared through. Default: there is none, or another process speaks to it. */
  readonly engine?: () => EngineFigures | null;
  /** What routes have carried. Default: nobody else wants to know, and it is counted here alone. */
  readonly traffic?: RouteTraffic;
  /** Who else takes what is measured. Default: nobody. */
  readonly measured?: MeasuredToo;
}

/** Takes what is measured beside the metrics. */
export interface MeasuredToo {
  /** What was read at once took so long, milliseconds. */
  took(ms: number): void;
  /** A timer was called so much later than asked for. */
  late(seconds: number): void;
}

/**
 * Makes the metrics. Nothing is counted per message: each lane counts for itself, and a scrape adds up the open connections
 * and those that have closed. Labels are of the configuration or the registry, never of a peer. What there is stands in `metric-table.ts`.
 */
export function createMetrics({
  version,
  gate,
  state,
  logLost = () => 0,
  watch = () => null,
  engine = () => null,
  traffic = new RouteTraffic(),
  measured,
}: MetricsOptions): Metrics {
  const registry = new Registry();
  addGauge(registry, "sallyport_build_info").set({ version }, 1);
  addGauge(registry, "sallyport_workers").set(1);
  addGateMetrics(registry, gate, state);
  addJournalMetrics(registry, () => gate()?.journal ?? null);
  addLogLost(registry, logLost);
  addWatchMetrics(registry, watch);
  addStateMetrics(registry, engine);
  addTraffic(registry, gate, traffic);
  const stop = addProcessMetrics(registry, (seconds) => measured?.late(seconds));
  return {
    take: addEventMetrics(registry, (event) => traffic.take(event)),
    count: addCounts(registry),
    countOutput: addOutputCounts(registry),
    meter: addMeter(registry, measured),
    configured: createConfigMetrics(registry),
    async text() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    samples: () => registry.getMetricsAsJSON(),
    close: stop,
  };
}

/** Adds how many lines the log lost. */
export function addLogLost(registry: Registry, logLost: () => number): void {
  addCounter(registry, "sallyport_log_lines_lost_total", (counter) => counter.inc(logLost()));
}

/** Adds what became of alerts and exported records. */
export function addOutputCounts(registry: Registry): CountOutput {
  const alerts = addCounter(registry, "sallyport_alerts_total");
  const records = addCounter(registry, "sallyport_telemetry_records_total");
  return (output, outcome, count) => {
    if (count === 0) return;
    if (output === "alerts") alerts.inc({ outcome }, count);
    else records.inc({ output, outcome }, count);
  };
}

function addCounts(registry: Registry): Count {
  const tickets = addCounter(registry, "sallyport_tickets_total");
  const rateLimited = addCounter(registry, "sallyport_rate_limited_total");
  return (route, { what, how }) => {
    if (what === "ticket") tickets.inc({ route, outcome: how });
    else rateLimited.inc({ route, mode: how });
  };
}

function addMeter(registry: Registry, measured: MeasuredToo | undefined): Meter {
  const handshakes = addHistogram(registry, "sallyport_handshake_duration_seconds");
  const processing = addHistogram(registry, "sallyport_processing_duration_seconds");
  return {
    handshake: (route, outcome, ms) => handshakes.observe({ route, outcome }, ms / 1000),
    chunks: new ChunkMeter((side, ms) => {
      processing.observe({ direction: side === "client" ? "inbound" : "outbound" }, ms / 1000);
      measured?.took(ms);
    }),
  };
}
