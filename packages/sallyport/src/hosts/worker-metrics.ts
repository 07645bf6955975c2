import { AggregatorRegistry, Counter, Gauge, Registry, type RegistryContentType } from "prom-client";
import type { AdminEvent, FindingEvent } from "../events.ts";
import type { WatchFigures } from "./gate-watch.ts";
import { countAdminCalls, type MetricsText } from "./metrics.ts";
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
  adminCall(event: AdminEvent): void;
  /** Counts a finding of the watch, which that process has. */
  found(event: FindingEvent): void;
  /** What `/metrics` answers. */
  text(): Promise<MetricsText>;
}

/**
 * Adds up what workers count. Counters do not fall back when a worker ends: all that was ever told of it is kept, which is one
 * set of samples however many have ended. `sallyport_ready` is that of the worker that is least ready.
 */
export function createWorkerMetrics(watch: () => WorkerWatchFigures | null = () => null): WorkerMetrics {
  const running = new Map<number, readonly object[]>();
  let ended: readonly object[] = [];
  let deaths = 0;
  let folding = Promise.resolve();
  const own = new Registry();
  const adminCall = countAdminCalls(own);
  const found = addWatchMetrics(own, watch);
  addLeftOut(own, watch);
  return {
    adminCall,
    found,
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
      addWorkers(registry, running.size, deaths);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

function addLeftOut(registry: Registry, watch: () => WorkerWatchFigures | null): void {
  registry.registerMetric(
    new Counter({
      registers: [],
      name: "sallyport_watch_signals_left_out_total",
      help: "What the watch was not told, for want of room on the way from a worker.",
      collect() {
        this.reset();
        this.inc(watch()?.leftOut ?? 0);
      },
    }),
  );
}

function sum(sets: readonly (readonly object[])[]): Registry<RegistryContentType> {
  return AggregatorRegistry.aggregate(sets.map((set) => [...set]));
}

function addWorkers(registry: Registry<RegistryContentType>, running: number, deaths: number): void {
  const registers = [registry];
  const workers = new Gauge({ name: "sallyport_workers", help: "Worker processes that run.", registers });
  workers.set(running);
  const died = new Counter({
    name: "sallyport_worker_deaths_total",
    help: "Worker processes that ended and were not asked to.",
    registers,
  });
  died.inc(deaths);
}
