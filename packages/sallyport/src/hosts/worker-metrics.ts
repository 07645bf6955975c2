import { AggregatorRegistry, Registry, type RegistryContentType } from "prom-client";
import { createConfigMetrics } from "./config-metrics.ts";
import { addOwnEvents, type OwnEvent } from "./event-metrics.ts";
import { addJournalMetrics } from "./gate-metrics.ts";
import type { GateJournal } from "./gate-journal.ts";
import { addCounter, addGauge } from "./metric.ts";
import { addLogLost, addOutputCounts, type MetricsText } from "./metrics.ts";
import type { CountOutput } from "./output-count.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { addStateMetrics, type EngineFigures } from "./state-metrics.ts";
import type { WatchFigures } from "./gate-watch.ts";
import { addWatchMetrics } from "./watch-metrics.ts";

/** One metric with its samples, as `Metrics.samples` gives it. */
interface Samples {
  readonly type?: unknown;
}

/** What the watch over several processes is up to. */
export interface WorkerWatchFigures extends WatchFigures {
  /** Signals that workers could not send. */
  readonly leftOut: number;
}

/** The metrics of several processes that are one gate. */
export interface WorkerMetrics {
  /** Takes what a worker counts now, in place of what it counted before. */
  take(worker: number, samples: readonly object[]): void;
  /** The worker has gone: what it counted stays, what it measured of the present does not. */
  gone(worker: number): void;
  /** Counts what the process that keeps the workers does itself. */
  tell(event: OwnEvent): void;
  /** Counts what became of alerts and exported records. */
  readonly countOutput: CountOutput;
  /** A configuration was read: is it in force? */
  configured(ok: boolean): void;
  /** What `/metrics` answers. */
  text(): Promise<MetricsText>;
  /** Nothing more is measured. */
  close(): void;
}

/** What the process that keeps the workers has itself. */
export interface WorkerMetricsOptions {
  /** The journal that it writes for all. Default: there is none. */
  readonly journal?: () => GateJournal | null;
  /** Lines that its log lost so far. */
  readonly logLost?: (() => number) | undefined;
  /** What its watch is up to. Default: it has none. */
  readonly watch?: () => WorkerWatchFigures | null;
  /** How the engine is that state is shared through. Default: there is none. */
  readonly engine?: () => EngineFigures | null;
}

/**
 * Adds up what workers count, and the process that keeps them. Counters do not fall back when a worker ends: all that was ever told of it
 * is kept, which is one set of samples however many have ended. `sallyport_ready` is that of the worker that is least ready.
 */
export function createWorkerMetrics({
  journal = () => null,
  logLost = () => 0,
  watch = () => null,
  engine = () => null,
}: WorkerMetricsOptions = {}): WorkerMetrics {
  const running = new Map<number, readonly object[]>();
  let ended: readonly object[] = [];
  let deaths = 0;
  let folding = Promise.resolve();
  const own = new Registry();
  const tell = addOwnEvents(own);
  addJournalMetrics(own, journal);
  addLogLost(own, logLost);
  addWatchMetrics(own, watch);
  addStateMetrics(own, engine);
  addCounter(own, "sallyport_watch_signals_left_out_total", (counter) => counter.inc(watch()?.leftOut ?? 0));
  // Workers count themselves, and say whether they are ready: all that is to be said here is that there may be none.
  addGauge(own, "sallyport_workers");
  addGauge(own, "sallyport_ready", (gauge) => gauge.set(running.size > 0 ? 1 : 0));
  addCounter(own, "sallyport_worker_deaths_total", (counter) => counter.inc(deaths));
  const stop = addProcessMetrics(own);
  return {
    tell,
    countOutput: addOutputCounts(own),
    configured: createConfigMetrics(own),
    take: (worker, samples) => void running.set(worker, samples),
    gone(worker) {
      const last = (running.get(worker) ?? []).filter(({ type }: Samples) => type !== "gauge");
      running.delete(worker);
      deaths += 1;
      folding = folding.then(async () => {
        ended = await sum([ended, last]).getMetricsAsJSON();
      });
    },
    async text() {
      await folding;
      const registry = sum([...running.values(), ended, await own.getMetricsAsJSON()]);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    close: stop,
  };
}

function sum(sets: readonly (readonly object[])[]): Registry<RegistryContentType> {
  return AggregatorRegistry.aggregate(sets.map((set) => [...set]));
}
